// Package form reads and writes application/x-www-form-urlencoded text: the bodies of token requests, the queries of
// authorization requests and the answers in redirects.
//
//	var f form.Values
//	f.Set("grant_type", "refresh_token")
//	f.Set("refresh_token", secret)
//	body := f.Encode()
//
// It is a twin of the codec in net/url, which costs a page 85 to 180 KB, with three differences that a security protocol
// wants: fields keep their order, [Parse] accepts all of a text or nothing, and printing [Values] shows names only.
package form

// A Field is one name and its value, both decoded.
// It prints as its name only, because a value may be a secret.
type Field struct {
	Name, Value string
}

// Values is a list of fields in the order in which they are sent or were received. The zero Values is empty and ready.
// Names are case-sensitive. It prints as names only.
//
// Like any slice, a copy shares its fields with the original until it grows: clone it before a Set that should not be seen.
// A struct that holds Values in an unexported field must redact them itself: package fmt cannot call methods there.
type Values []Field

// Set gives the field called name the value, in its place if it is there and at the end otherwise.
// Further fields of the same name are dropped.
func (v *Values) Set(name, value string) {
	if !v.Has(name) {
		v.Add(name, value)
		return
	}
	fields := *v
	kept := fields[:0]
	found := false
	for _, f := range fields {
		switch {
		case f.Name != name:
			kept = append(kept, f)
		case !found:
			found = true
			kept = append(kept, Field{name, value})
		}
	}
	// What was dropped may be a secret, and must not stay reachable behind the slice.
	for i := len(kept); i < len(fields); i++ {
		fields[i] = Field{}
	}
	*v = kept
}

// Add appends a field, whether or not there is one of that name.
func (v *Values) Add(name, value string) {
	*v = append(*v, Field{name, value})
}

// Get returns the value of the first field called name, or "" if there is none.
func (v Values) Get(name string) string {
	for i := range v {
		if v[i].Name == name {
			return v[i].Value
		}
	}
	return ""
}

// All returns the values of the fields called name, in order; nil if there is none.
func (v Values) All(name string) []string {
	var all []string
	for i := range v {
		if v[i].Name == name {
			all = append(all, v[i].Value)
		}
	}
	return all
}

// Has reports whether there is a field called name, if only with an empty value.
func (v Values) Has(name string) bool {
	for i := range v {
		if v[i].Name == name {
			return true
		}
	}
	return false
}
