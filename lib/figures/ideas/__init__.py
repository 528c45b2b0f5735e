"""Pictures of single ideas, a module for each chapter."""
