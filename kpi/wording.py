"""Limits and steps of a deadline in words, Vietnamese and English, for explanations and the command line."""

from kpi.deadlines import Step
from kpi.rules import StageLimit

WEEKDAYS = {
    "vi": ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
UNITS = {
    "vi": {"day": "ngày", "hour": "giờ", "minute": "phút", "second": "giây"},
    "en": {"day": "day", "hour": "hour", "minute": "minute", "second": "second"},
}
REASONS = {
    "vi": {
        "start_day": "ngày bắt đầu (Bộ luật Dân sự Đ147.2)",
        "working": "làm việc",
        "make_up": "làm việc",
        "weekend": "nghỉ cuối tuần",
        "holiday": "nghỉ lễ",
        "before_opening": "chưa đến giờ làm việc",
        "between_sessions": "nghỉ giữa hai buổi",
        "after_closing": "đã hết giờ làm việc",
        "wall_time": "tính liên tục, kể cả ngoài giờ",
    },
    "en": {
        "start_day": "start day (Civil Code art. 147.2)",
        "working": "worked",
        "make_up": "worked",
        "weekend": "weekend",
        "holiday": "public holiday",
        "before_opening": "before opening",
        "between_sessions": "break between sessions",
        "after_closing": "after closing",
        "wall_time": "by the clock, day and night",
    },
}
CLOCKS = {
    "vi": {"office_time": "làm việc", "working_days": "làm việc", "wall_time": "liên tục theo đồng hồ"},
    "en": {"office_time": "of office time", "working_days": "", "wall_time": "by the clock"},
}
HOUR_S, MINUTE_S = 3600, 60


def limit_text(limit: StageLimit, lang: str = "vi") -> str:
    """'6 ngày làm việc', '4 giờ làm việc', '48 giờ liên tục theo đồng hồ'; English: '6 working days', '4 hours of office time'."""
    unit, clock = UNITS[lang][limit.unit], CLOCKS[lang][limit.clock]
    if lang == "en":
        unit = ("working " if limit.unit == "day" else "") + unit + ("s" if limit.amount != 1 else "")
    return f"{limit.amount} {unit} {clock}".strip()


def duration_text(seconds: int, lang: str = "vi") -> str:
    """'1 giờ 30 phút'; '0 phút' for nothing."""
    hours, rest_s = divmod(seconds, HOUR_S)
    minutes, rest_s = divmod(rest_s, MINUTE_S)
    counts = [(hours, "hour"), (minutes, "minute"), (rest_s, "second")]
    words = [f"{n} {UNITS[lang][unit]}{'s' if lang == 'en' and n != 1 else ''}" for n, unit in counts if n]
    return " ".join(words) or f"0 {UNITS[lang]['minute']}{'s' if lang == 'en' else ''}"


def step_text(step: Step, limit: StageLimit, lang: str = "vi") -> str:
    """One line on one step, as a unit's head would read it."""
    day = f"{WEEKDAYS[lang][step.from_at.weekday()]} {step.from_at:%d/%m/%Y}"
    why = REASONS[lang][step.reason] + (f": {step.name}" if step.name else "")
    why += f" ({step.document})" if step.document else ""
    if step.working_day is not None:
        number = {
            "vi": f"ngày thứ {step.working_day}/{limit.amount}",
            "en": f"day {step.working_day} of {limit.amount}",
        }
        return f"{day}: {number[lang]}, {why}"
    span = f"{step.from_at:%H:%M:%S}–{_end(step)}".replace(":00–", "–")
    if step.counted_s:
        counted = {"vi": "tính", "en": "counted"}[lang]
        return f"{day} {span}: {counted} {duration_text(step.counted_s, lang)}, {why}"
    skipped = {"vi": "không tính", "en": "not counted"}[lang]
    whole = step.reason in ("weekend", "holiday", "start_day")
    return f"{day}: {skipped}, {why}" if whole else f"{day} {span}: {skipped}, {why}"


def _end(step: Step) -> str:
    """The end of a step: 24:00 for midnight, with the date when it lies on another day."""
    until = step.until_at
    if until.date() != step.from_at.date():
        is_midnight = not (until.hour or until.minute or until.second)
        if is_midnight and (until - step.from_at).days == 0:
            return "24:00"
        return f"{until:%H:%M %d/%m/%Y}"
    return f"{until:%H:%M:%S}".removesuffix(":00")
