"""Definitions, partitions, jobs, schedules, sensors, resources and the command line."""
