"""Skills: functions and recipes with the tests that show that they work."""
