"""The words that the ledger speaks: event kinds, holders, states, stages, and why an event cannot be.

The order of each tuple is the code that arrays carry; both judges (vectorised and scalar) use these and nothing else.
"""

from kpi.rules_schema import STAGE_IDS

KINDS = (
    "sent", "received", "info_requested", "info_supplied", "refused", "withdrawn", "merged", "passed_on",
    "designation_requested", "designated", "dispatched", "accepted", "returned_wrong", "forwarded",
    "coordination_returned", "coordination_result", "extended", "completed", "result", "approved", "sent_back",
    "published", "rated", "feedback", "clarified",
)  # fmt: skip
"""Kinds of effective events; `voided` only says that another row never was and is gone before judging."""

HOLDERS = ("", "ioc", "lead", "leader", "coordinating", "sender", "province")
STATUSES = ("open", "done", "refused", "withdrawn", "passed_on", "merged")
ENDINGS = ("", "approved", "returned_wrong", "reassigned", "refused", "withdrawn", "passed_on", "merged")
PARTS = ("lead", "coordinating")
OUTCOMES = ("", "on_time", "late", "none")
URGENCIES = ("normal", "urgent", "instant")
STAGES = STAGE_IDS

SPINE = ("receive", "dispatch", "handle", "approve", "publish", "clarify")
"""Stages that a report is shown to pass even where the text sets no limit ("không quy định")."""
LEAD_STAGES = (
    "accept", "instant_confirm", "handle", "approve", "consolidate", "designated", "urgent_update", "instant_result",
)  # fmt: skip
"""Stages that a lead unit has open at most once at a time, cut short when the report leaves it."""
RESULT_STAGES = ("handle", "consolidate", "designated", "urgent_update", "instant_result")
"""Stages that a result or its approval ends, and that run on when the IOC sends the result back."""

UNIT_ACTS = (
    "accepted", "returned_wrong", "forwarded", "coordination_returned", "coordination_result", "extended",
    "completed", "result", "approved", "clarified",
)  # fmt: skip
"""Events that must name the acting unit."""
TARGETED = ("dispatched", "forwarded", "designated")
"""Events that must name a target unit."""
IOC_ACTS = (
    "received", "refused", "merged", "passed_on", "designation_requested", "designated", "dispatched", "sent_back",
    "published",
)  # fmt: skip
"""Events whose acting unit is the report's IOC."""
LATEST_RATING = 3

REASONS: dict[str, tuple[str, str]] = {
    "urgency": ("urgency", "Mức độ khẩn không có trong hợp đồng dữ liệu (normal, urgent, instant). Sửa tại hệ thống PAHT."),
    "sent_outside": ("sent_at", "Ngày gửi nằm ngoài lịch làm việc đã biết, hoặc trước ngày có văn bản áp dụng. Kiểm tra ngày gửi, hoặc bổ sung kpi/days_off.yaml và kpi/deployments.yaml."),
    "kind": ("kind", "Loại sự kiện không có trong hợp đồng dữ liệu v1. Sửa tại hệ thống PAHT."),
    "report": ("report_id", "Sự kiện của một phản ánh không có. Kiểm tra phản ánh đã bị xóa hay chưa được chuyển."),
    "at_outside": ("at", "Thời điểm nằm ngoài lịch làm việc đã biết. Kiểm tra ngày, hoặc bổ sung kpi/days_off.yaml."),
    "before_sent": ("at", "Sự kiện xảy ra trước khi phản ánh được gửi. Sửa thời điểm tại hệ thống PAHT."),
    "sent_differs": ("at", "Thời điểm của sự kiện sent khác với sent_at của phản ánh. Sửa một trong hai."),
    "acting": ("acting_unit_code", "Thiếu đơn vị thực hiện. Bổ sung tại hệ thống PAHT."),
    "target": ("target_unit_code", "Thiếu đơn vị nhận. Bổ sung tại hệ thống PAHT."),
    "committed": ("committed_at", "Gia hạn không ghi ngày cam kết, hoặc ngày đó nằm ngoài lịch đã biết. Bổ sung tại hệ thống PAHT."),
    "rating": ("rating", "Đánh giá phải là 3 (rất hài lòng), 2 (hài lòng) hoặc 1 (không hài lòng)."),
    "duplicate_of": ("duplicate_of", "Gộp trùng phải ghi mã một phản ánh khác."),
    "closed": ("kind", "Phản ánh đã kết thúc trước sự kiện này. Kiểm tra thứ tự sự kiện."),
    "received_already": ("kind", "Phản ánh đã được tiếp nhận hoặc điều phối trước đó. Kiểm tra thứ tự sự kiện."),
    "same_unit": ("target_unit_code", "Đơn vị này đang xử lý chính rồi. Kiểm tra điều phối lặp."),
    "not_lead": ("acting_unit_code", "Đơn vị này không giữ phản ánh với tư cách xử lý chính vào lúc đó. Kiểm tra điều phối và thứ tự sự kiện."),
    "not_coordinating": ("acting_unit_code", "Đơn vị này không được chuyển phối hợp, hoặc đã trả lời xong. Kiểm tra sự kiện forwarded."),
    "not_holder": ("acting_unit_code", "Đơn vị này không giữ phản ánh vào lúc đó. Kiểm tra thứ tự sự kiện."),
    "accepted_already": ("kind", "Đơn vị đã tiếp nhận, hoặc đã xử lý trước đó. Kiểm tra sự kiện lặp."),
    "waiting": ("kind", "Đang chờ người phản ánh bổ sung, chưa thể yêu cầu lần nữa. Kiểm tra sự kiện lặp."),
    "not_waiting": ("kind", "Không có yêu cầu bổ sung nào đang chờ. Kiểm tra thứ tự sự kiện."),
    "not_province": ("kind", "Chưa xin ý kiến UBND tỉnh chỉ định đơn vị. Kiểm tra sự kiện designation_requested."),
    "coordination_open": ("kind", "Đơn vị phối hợp đang giữ phản ánh và chưa trả lời. Kiểm tra thứ tự sự kiện."),
    "forwarded_already": ("target_unit_code", "Đơn vị này đang phối hợp rồi, hoặc chính là đơn vị chuyển. Kiểm tra sự kiện lặp."),
    "result_waits": ("kind", "Kết quả đang chờ lãnh đạo phê duyệt, chưa thể chuyển phối hợp. Kiểm tra thứ tự sự kiện."),
    "completed_already": ("kind", "Đơn vị đã báo hoàn thành trước đó. Kiểm tra sự kiện lặp."),
    "no_result": ("kind", "Chưa có kết quả nào để phê duyệt. Kiểm tra thứ tự sự kiện."),
    "not_approved": ("kind", "Chưa có kết quả được phê duyệt. Kiểm tra thứ tự sự kiện."),
    "published_already": ("kind", "Kết quả này đã được công bố. Kiểm tra sự kiện lặp."),
    "no_feedback": ("kind", "Không có phản hồi nào của người dân đang chờ làm rõ. Kiểm tra thứ tự sự kiện."),
}  # fmt: skip
"""Why an event (or a report) cannot be: the offending field, and what to do, as the data page shows it."""
REASON_IDS = tuple(REASONS)
