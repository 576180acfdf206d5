"""Administrative units and boundaries, each valid on its own days."""
