package authority

// Environments returns what [Metadata.Environment] is for each host of the Microsoft clouds.
// Whoever reads a cache of MSAL needs it, because MSAL writes any of a cloud's hosts. The map
// is the caller's, to add other authorities to.
func Environments() map[string]string {
	all := map[string]string{}
	for i := range clouds {
		for _, host := range clouds[i].hosts {
			all[host] = clouds[i].cache
		}
	}
	return all
}
