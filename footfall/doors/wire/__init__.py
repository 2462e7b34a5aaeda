"""Readers of foreign formats: each turns lines into events in the form that senders write."""
