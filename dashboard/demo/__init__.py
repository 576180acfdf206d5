"""The demo: embedded servers, a living store, the product's own processes. The only place that ties them together."""
