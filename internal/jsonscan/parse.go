package jsonscan

import "strconv"

// maxDepth is the number of arrays and objects that may be open at once. Metadata and claims need about 6.
const maxDepth = 64

// A SyntaxError means that a text is not JSON, or nested too deeply. It never has a piece of the text, because that may
// be a secret.
type SyntaxError struct {
	Offset int    // in bytes, of the offending character
	Reason string // what is wrong there
}

// Error returns the reason and the offset.
func (e *SyntaxError) Error() string {
	return "jsonscan: malformed at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

// Parse checks that text is exactly one JSON value, with nothing but space around it, and returns it.
// The error is a *[SyntaxError].
func Parse(text string) (Value, error) {
	p := parser{text: text}
	p.space()
	start := p.at
	if !p.value() {
		return Value{}, &SyntaxError{p.at, p.reason}
	}
	end := p.at
	p.space()
	if p.at < len(text) {
		return Value{}, &SyntaxError{p.at, "something follows the value"}
	}
	return Value{text[start:end]}, nil
}

// A parser walks over text. Its methods return false at the first fault: then reason says what, and at says where.
type parser struct {
	text   string
	at     int
	depth  int
	reason string
}

func (p *parser) fail(reason string) bool {
	p.reason = reason
	return false
}

// peek returns the next character, or 0 at the end; a 0 in the text is valid nowhere.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) space() {
	for p.at < len(p.text) && isSpace(p.text[p.at]) {
		p.at++
	}
}

func (p *parser) value() bool {
	switch c := p.peek(); {
	case c == '"':
		return p.str()
	case c == '{':
		return p.open() && p.members()
	case c == '[':
		return p.open() && p.elements()
	case c == '-' || isDigit(c):
		return p.number()
	case c == 't':
		return p.literal("true")
	case c == 'f':
		return p.literal("false")
	case c == 'n':
		return p.literal("null")
	case p.at >= len(p.text):
		return p.fail("the text ends where a value should be")
	}
	return p.fail("not the beginning of a value")
}

func (p *parser) open() bool {
	if p.depth == maxDepth {
		return p.fail("nested too deeply")
	}
	p.depth++
	p.at++
	p.space()
	return true
}

func (p *parser) members() bool {
	if p.peek() == '}' {
		return p.close()
	}
	for {
		if p.peek() != '"' {
			return p.fail("not the beginning of a member name")
		}
		if !p.str() {
			return false
		}
		p.space()
		if p.peek() != ':' {
			return p.fail("no ':' after a member name")
		}
		p.at++
		p.space()
		if !p.value() {
			return false
		}
		p.space()
		if p.peek() == '}' {
			return p.close()
		}
		if !p.comma() {
			return false
		}
	}
}

func (p *parser) elements() bool {
	if p.peek() == ']' {
		return p.close()
	}
	for {
		if !p.value() {
			return false
		}
		p.space()
		if p.peek() == ']' {
			return p.close()
		}
		if !p.comma() {
			return false
		}
	}
}

func (p *parser) close() bool {
	p.at++
	p.depth--
	return true
}

func (p *parser) comma() bool {
	if p.peek() != ',' {
		return p.fail("neither ',' nor the end of the array or object")
	}
	p.at++
	p.space()
	return true
}

func (p *parser) literal(word string) bool {
	for i := 0; i < len(word); i++ {
		if p.peek() != word[i] {
			return p.fail("not the beginning of a value")
		}
		p.at++
	}
	return true
}

func (p *parser) str() bool {
	s := p.text
	for i := p.at + 1; i < len(s); i++ {
		c := s[i]
		if c == '"' {
			p.at = i + 1
			return true
		}
		if c < 0x20 {
			p.at = i
			return p.fail("control character in a string")
		}
		if c == '\\' {
			p.at = i + 1
			if !p.escape() {
				return false
			}
			i = p.at
		}
	}
	p.at = len(s)
	return p.fail("the text ends in a string")
}

// escape checks what follows a backslash and stops at its last character.
func (p *parser) escape() bool {
	switch p.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for i := 0; i < 4; i++ {
			p.at++
			if unhex(p.peek()) < 0 {
				return p.fail(`\u without four hexadecimal digits`)
			}
		}
		return true
	}
	return p.fail("unknown escape in a string")
}

func (p *parser) number() bool {
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else if !p.digits() {
		return false
	}
	if p.peek() == '.' {
		p.at++
		if !p.digits() {
			return false
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		return p.digits()
	}
	return true
}

// digits takes one digit or more.
func (p *parser) digits() bool {
	if !isDigit(p.peek()) {
		return p.fail("no digit where a number needs one")
	}
	for isDigit(p.peek()) {
		p.at++
	}
	return true
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// unhex returns the value of a hexadecimal digit, or -1.
func unhex(c byte) rune {
	switch {
	case isDigit(c):
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}
