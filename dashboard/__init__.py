"""What leaders look at: pages, wall, extracts."""
