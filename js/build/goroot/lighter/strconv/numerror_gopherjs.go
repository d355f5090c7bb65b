//go:build gopherjs

package strconv

func (e *NumError) Error() string {
	return "strconv." + e.Func + ": parsing \"" + e.Num + "\": " + e.Err.Error()
}
