package jsonscan

import (
	"strconv"
	"strings"
)

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

// Float returns a number as the nearest float64; ok is false if v is anything else or too large for one.
func (v Value) Float() (f float64, ok bool) {
	if v.Kind() != Number {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.raw, 64)
	if err != nil {
		return 0, false
	}
	return f, true
}

// Int returns a number whose value is whole, however it is written (3600, 3600.0, 36e2), exactly.
// ok is false if v is anything else or does not fit.
func (v Value) Int() (n int64, ok bool) {
	if v.Kind() != Number {
		return 0, false
	}
	limit := uint64(1<<63 - 1)
	number := v.raw
	negative := number[0] == '-'
	if negative {
		limit++
		number = number[1:]
	}
	abs, ok := whole(number, limit)
	if !ok {
		return 0, false
	}
	if negative {
		return -int64(abs), true
	}
	return int64(abs), true
}

// whole returns the value of a number without sign, if it is whole and at most limit.
func whole(number string, limit uint64) (abs uint64, ok bool) {
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
	if digits == "" {
		return 0, true
	}
	if exponent < 0 {
		return 0, false
	}
	for i := 0; i < len(digits); i++ {
		if digits[i] == '.' {
			continue
		}
		d := uint64(digits[i] - '0')
		if abs > (limit-d)/10 {
			return 0, false
		}
		abs = abs*10 + d
	}
	// abs is not 0 here, so that this ends after 19 rounds whatever the exponent.
	for ; exponent > 0; exponent-- {
		if abs > limit/10 {
			return 0, false
		}
		abs *= 10
	}
	return abs, true
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
