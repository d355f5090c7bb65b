package latchkey

// entraRemedy has no advice in a page, where the texts would be the largest part of the
// program and the application has words of its own for its users.
func entraRemedy(int64) string { return "" }
