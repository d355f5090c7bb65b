package strconv

// FormatInt and FormatUint are those of package strconv for bases up to 36, digit by digit.
func FormatInt(i int64, base int) string {
	if i < 0 {
		return "-" + FormatUint(uint64(-i), base)
	}
	return FormatUint(uint64(i), base)
}

func FormatUint(i uint64, base int) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	text := ""
	for {
		text = digits[i%uint64(base):][:1] + text
		i /= uint64(base)
		if i == 0 {
			return text
		}
	}
}

func AppendInt(dst []byte, i int64, base int) []byte { return append(dst, FormatInt(i, base)...) }

func AppendUint(dst []byte, i uint64, base int) []byte { return append(dst, FormatUint(i, base)...) }
