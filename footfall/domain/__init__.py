"""The rules: pure decisions and folds, without input, output, clock or randomness."""
