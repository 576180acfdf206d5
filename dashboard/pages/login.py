"""The sign-in page: plain HTML without scripts. Twin of dashboard/signin.py."""

from html import escape

from dashboard.text import language, t


def page(target: str, username: str = "", problem: str = "") -> str:
    """The whole document; `problem` is one sentence above the form, '' for none."""
    alert = f'<p class="login-problem" role="alert">{escape(problem)}</p>' if problem else ""
    return f"""<!DOCTYPE html>
<html lang="{language.get()}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(t("login.title"))}</title>
<script src="/assets/theme.js"></script>
<link rel="stylesheet" href="/assets/fonts.css"><link rel="stylesheet" href="/assets/tokens.css">
<link rel="stylesheet" href="/assets/style.css">
</head>
<body class="login">
<main class="login-card card">
<div class="login-brand"><span class="brand-mark" aria-hidden="true"></span>{escape(t("app.name"))}</div>
<h1>{escape(t("login.title"))}</h1>
{alert}
<form method="post" action="/login">
<input type="hidden" name="target" value="{escape(target, quote=True)}">
<label>{escape(t("login.username"))}
<input name="username" value="{escape(username, quote=True)}" autocomplete="username" required autofocus></label>
<label>{escape(t("login.password"))}
<input name="password" type="password" autocomplete="current-password" required></label>
<button class="button button-primary" type="submit">{escape(t("login.submit"))}</button>
</form>
<p class="caption">{escape(t("login.help"))}</p>
</main>
</body>
</html>"""
