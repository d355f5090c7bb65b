import { settings } from "./settings";

// A ClaimsChallenge says what the API wants to see in the next token.
export class ClaimsChallenge extends Error {
  constructor(readonly claims: string) {
    super("the API wants another token");
  }
}

export async function callApi(method: string, path: string, accessToken: string): Promise<string[]> {
  const response = await fetch(settings.api + path, { method, headers: { Authorization: `Bearer ${accessToken}` } });
  if (response.ok) return response.json();
  const claims = /\bclaims="([^"]+)"/.exec(response.headers.get("WWW-Authenticate") ?? "");
  if (response.status === 401 && claims) throw new ClaimsChallenge(decode(claims[1]));
  throw new Error(`the API answered ${response.status}`);
}

// The claims are base64url, as Microsoft Entra sends them, or JSON.
function decode(claims: string): string {
  return claims.startsWith("{") ? claims : atob(claims.replace(/-/g, "+").replace(/_/g, "/"));
}
