package cache

// indexFrom is the number of access tokens from which on looking at each takes longer than
// hashing the query.
const indexFrom = 5

// An index finds the access tokens that have a scope. It is a hash table with chains, made
// once for one state of a record.
type index struct {
	tokens []*AccessToken
	heads  []int32 // by hash: 1 + the first node of the chain, 0 if it is empty
	nodes  []indexNode
}

type indexNode struct {
	token *AccessToken
	next  int32 // 1 + the next node, 0 at the end
}

// indexed returns the index of the record. Two goroutines may build it at once; either
// result is right.
func (r *Record) indexed() *index {
	x := r.index.Load()
	if x == nil || len(x.tokens) != len(r.AccessTokens) || &x.tokens[0] != &r.AccessTokens[0] {
		x = newIndex(r.AccessTokens)
		r.index.Store(x)
	}
	return x
}

func newIndex(tokens []*AccessToken) *index {
	size := 16
	for size < 2*len(tokens) {
		size *= 2
	}
	x := &index{tokens: tokens, heads: make([]int32, size), nodes: make([]indexNode, 0, len(tokens))}
	for i := len(tokens) - 1; i >= 0; i-- { // a chain has its newest node first, and Find wants the order of the record
		t := tokens[i]
		x.addWords(t, t.Target)
		if t.RequestedScopes != t.Target {
			x.addWords(t, t.RequestedScopes)
		}
		if onlyIdentityScopes(t.RequestedScopes) {
			x.add(t, "")
		}
	}
	return x
}

func (x *index) addWords(t *AccessToken, words string) {
	for words != "" {
		var word string
		word, words = nextWord(words)
		if !identityScope(word) {
			x.add(t, word)
		}
	}
}

func (x *index) add(t *AccessToken, scope string) {
	head := &x.heads[x.slot(scope, t.Resource, t.Variant)]
	if *head != 0 && x.nodes[*head-1].token == t {
		return
	}
	x.nodes = append(x.nodes, indexNode{token: t, next: *head})
	*head = int32(len(x.nodes))
}

func (x *index) find(q *Query) *AccessToken {
	scope := ""
	for _, s := range q.Scopes {
		if !identityScope(s) {
			scope = s
			break
		}
	}
	var best *AccessToken
	for i := x.heads[x.slot(scope, q.Resource, q.Variant)]; i != 0; i = x.nodes[i-1].next {
		if t := x.nodes[i-1].token; q.better(t, best) {
			best = t
		}
	}
	return best
}

// slot hashes a scope without regard to case, and what else keeps many tokens of one
// partition apart. It is FNV-1a: a collision only costs a comparison, and how many tokens
// an authority can put into a record is bounded.
func (x *index) slot(scope, resource, variant string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(scope); i++ {
		h = (h ^ uint32(lower(scope[i]))) * 16777619
	}
	for i := 0; i < len(resource); i++ {
		h = (h ^ uint32(resource[i])) * 16777619
	}
	for i := 0; i < len(variant); i++ {
		h = (h ^ uint32(variant[i])) * 16777619
	}
	h ^= h >> 15
	return h & uint32(len(x.heads)-1)
}
