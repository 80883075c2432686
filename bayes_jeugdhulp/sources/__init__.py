"""Outside data to areas: the SCP's file, a user's own table, a simulated Netherlands."""
