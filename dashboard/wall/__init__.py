"""The wall: full-screen scenes for a room, drawn on the server as fragments; assets/wall.js only turns and shows them."""
