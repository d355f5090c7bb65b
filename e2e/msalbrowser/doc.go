// Package msalbrowser holds no code: its tests run @azure/msal-browser and @azure/msal-react, unmodified, in Chromium
// against the Microsoft Entra shape of package authoritytest. The page is on another site than the authority, as in
// production. What the tests assert is what the authority and its API were asked, and what the library tells the page.
package msalbrowser
