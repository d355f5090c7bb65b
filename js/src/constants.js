// The constants of the public API, with the names and values of msal-browser 5.

export const InteractionType = Object.freeze({ Redirect: "redirect", Popup: "popup", Silent: "silent", None: "none" });

export const InteractionStatus = Object.freeze({
  Startup: "startup",
  Logout: "logout",
  AcquireToken: "acquireToken",
  HandleRedirect: "handleRedirect",
  None: "none",
});

export const BrowserCacheLocation = Object.freeze({
  LocalStorage: "localStorage",
  SessionStorage: "sessionStorage",
  MemoryStorage: "memoryStorage",
});

export const CacheLookupPolicy = Object.freeze({
  Default: 0,
  AccessToken: 1,
  AccessTokenAndRefreshToken: 2,
  RefreshToken: 3,
  RefreshTokenAndNetwork: 4,
  Skip: 5,
});

export const WrapperSKU = Object.freeze({ React: "@azure/msal-react", Angular: "@azure/msal-angular" });

export const PromptValue = Object.freeze({
  LOGIN: "login",
  SELECT_ACCOUNT: "select_account",
  CONSENT: "consent",
  NONE: "none",
  CREATE: "create",
  NO_SESSION: "no_session",
});

export const ProtocolMode = Object.freeze({ AAD: "AAD", OIDC: "OIDC", EAR: "EAR" });

export const ResponseMode = Object.freeze({ QUERY: "query", FRAGMENT: "fragment", FORM_POST: "form_post" });

export const AuthenticationScheme = Object.freeze({ BEARER: "Bearer", POP: "pop", DPOP: "DPoP", SSH: "ssh-cert" });

export const OIDC_DEFAULT_SCOPES = Object.freeze(["openid", "profile", "offline_access"]);

export const DEFAULT_IFRAME_TIMEOUT_MS = 10000;
