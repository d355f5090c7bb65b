// What the engine returns is plain; the API has dates, and a map of tenant profiles.

export function toResult(result) {
  if (!result) return null;
  return {
    ...result,
    account: toAccount(result.account),
    expiresOn: toDate(result.expiresOn),
    extExpiresOn: toDate(result.extExpiresOn),
    refreshOn: toDate(result.refreshOn),
  };
}

export function toAccount(account) {
  if (!account?.tenantProfiles) return account || null;
  return { ...account, tenantProfiles: new Map(account.tenantProfiles.map((p) => [p.tenantId, p])) };
}

function toDate(milliseconds) {
  return typeof milliseconds === "number" ? new Date(milliseconds) : undefined;
}

// matches reports whether an account has everything that a filter names.
export function matches(account, filter) {
  return Object.entries(filter || {}).every(([name, value]) => {
    if (value === undefined || typeof value === "object") return true; // so that an account can be the filter
    switch (name) {
      case "idToken":
        return true;
      case "sid":
      case "login_hint":
        return account.idTokenClaims?.[name] === value;
      case "realm":
        return account.tenantId === value;
      case "username":
        return String(account.username).toLowerCase() === String(value).toLowerCase();
      case "isHomeTenant":
        return Boolean(account.tenantProfiles?.get(account.tenantId)?.isHomeTenant) === value;
    }
    return account[name] === value;
  });
}
