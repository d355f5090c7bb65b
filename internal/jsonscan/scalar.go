package jsonscan

import "strings"

// Text returns the content of a string; ok is false if v is anything else. Escapes are decoded; a lone surrogate and each
// byte that is not UTF-8 become U+FFFD. Without those it is a piece of the parsed text, and nothing is allocated.
func (v Value) Text() (text string, ok bool) {
	if v.Kind() != String {
		return "", false
	}
	return unquote(v.raw[1 : len(v.raw)-1]), true
}

// Bool returns a boolean; ok is false if v is anything else.
func (v Value) Bool() (value, ok bool) {
	return v.raw == "true", v.Kind() == Bool
}

// Truncated returns a number without its fraction, and the nearest int64 for one that is larger; ok is false if v is
// anything else. What is written as 3599.9 or 1e300 is read without floating point, whose tables cost a page 25 KB.
func (v Value) Truncated() (n int64, ok bool) {
	if v.Kind() != Number {
		return 0, false
	}
	n, _, _ = integer(v.raw)
	return n, true
}

// Int returns a number whose value is whole, however it is written (3600, 3600.0, 36e2), exactly.
// ok is false if v is anything else or does not fit.
func (v Value) Int() (n int64, ok bool) {
	if v.Kind() != Number {
		return 0, false
	}
	n, whole, fits := integer(v.raw)
	if !whole || !fits {
		return 0, false
	}
	return n, true
}

// integer returns the integer part of a number, or the nearest int64 if that does not fit, and whether the number is whole.
func integer(number string) (n int64, whole, fits bool) {
	limit := uint64(1<<63 - 1)
	negative := number[0] == '-'
	if negative {
		limit++
		number = number[1:]
	}
	abs, whole, fits := magnitude(number, limit)
	if negative {
		return -int64(abs), whole, fits
	}
	return int64(abs), whole, fits
}

// magnitude returns the integer part of a number without sign, or limit if that is less.
func magnitude(number string, limit uint64) (abs uint64, whole, fits bool) {
	digits, exponent := number, int64(0)
	if e := strings.IndexAny(number, "eE"); e >= 0 {
		digits, exponent = number[:e], saturated(number[e+1:])
	}
	if dot := strings.IndexByte(digits, '.'); dot >= 0 {
		exponent -= int64(len(digits) - dot - 1)
	}
	// Zeros at the end belong to the exponent: a number is whole if its exponent is not negative without them.
	for digits != "" && (digits[len(digits)-1] == '0' || digits[len(digits)-1] == '.') {
		if digits[len(digits)-1] == '0' {
			exponent++
		}
		digits = digits[:len(digits)-1]
	}
	whole = digits == "" || exponent >= 0
	for ; digits != "" && exponent < 0; digits = digits[:len(digits)-1] {
		if digits[len(digits)-1] != '.' {
			exponent++
		}
	}
	for i := 0; i < len(digits); i++ {
		if digits[i] == '.' {
			continue
		}
		d := uint64(digits[i] - '0')
		if abs > (limit-d)/10 {
			return limit, whole, false
		}
		abs = abs*10 + d
	}
	// An exponent above 0 is that of digits that do not end in 0, so that this ends after 19 rounds whatever it is.
	for ; exponent > 0 && abs > 0; exponent-- {
		if abs > limit/10 {
			return limit, whole, false
		}
		abs *= 10
	}
	return abs, whole, true
}

// saturated returns the value of an exponent, or one that is as good as infinite: longer than any text.
func saturated(exponent string) int64 {
	const infinite = 1 << 40
	negative := exponent[0] == '-'
	n := int64(0)
	for i := 0; i < len(exponent) && n < infinite; i++ {
		if isDigit(exponent[i]) {
			n = n*10 + int64(exponent[i]-'0')
		}
	}
	if negative {
		return -n
	}
	return n
}
