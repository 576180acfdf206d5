"""Callbacks of dashboard/shell.py: the address as a store, badges of the navigation."""

from dash import ClientsideFunction, Input, Output, clientside_callback

from dashboard.shell import Shell

# The router has drawn a page: from now on the address is Shell.URL, which assets/shell.js also keeps up to date.
clientside_callback(
    ClientsideFunction("shell", "locate"), Output(Shell.URL, "data"), Input("_pages_content", "children")
)
clientside_callback(ClientsideFunction("shell", "badges"), Input(Shell.BADGES, "data"))
