import type { AccountInfo } from "@azure/msal-browser";
import { AuthenticatedTemplate, UnauthenticatedTemplate, useMsal } from "@azure/msal-react";
import { useState } from "react";
import { Events } from "./Events";
import { ProtectedComponent } from "./ProtectedComponent";
import { settings } from "./settings";

export function App() {
  const { instance, accounts, inProgress } = useMsal();
  const [problem, setProblem] = useState("");
  const attempt = (action: () => Promise<unknown>) => () => {
    setProblem("");
    action().catch((error) => setProblem(String(error)));
  };
  const loginRequest = { scopes: [settings.readScope] };

  return (
    <main>
      <header>
        <h1>Tasks</h1>
        <p>
          A React app with <code>@azure/msal-react</code> on Latchkey, engine <code>{settings.engine}</code>, cache{" "}
          <code>{settings.cacheLocation}</code>
        </p>
      </header>
      <UnauthenticatedTemplate>
        <section className="card welcome">
          <h2>Sign in to see your tasks</h2>
          <div className="buttons">
            <button id="login-popup" className="primary" onClick={attempt(() => instance.loginPopup(loginRequest))}>
              Sign in with a popup
            </button>
            <button id="login-redirect" onClick={attempt(() => instance.loginRedirect(loginRequest))}>
              Sign in by redirect
            </button>
            <button id="login-silent" onClick={attempt(() => instance.ssoSilent(loginRequest))}>
              I am signed in elsewhere
            </button>
          </div>
        </section>
      </UnauthenticatedTemplate>
      <AuthenticatedTemplate>
        {accounts[0] && (
          <section className="card account">
            <Avatar account={accounts[0]} />
            <div>
              <strong id="name">{accounts[0].name}</strong>
              <span id="username">{accounts[0].username}</span>
            </div>
            <div className="buttons">
              <button
                id="logout-popup"
                onClick={attempt(() => instance.logoutPopup({ account: accounts[0], mainWindowRedirectUri: "/" }))}
              >
                Sign out (popup)
              </button>
              <button
                id="logout-redirect"
                onClick={attempt(() => instance.logoutRedirect({ account: accounts[0], postLogoutRedirectUri: "/" }))}
              >
                Sign out
              </button>
            </div>
          </section>
        )}
        <ProtectedComponent />
      </AuthenticatedTemplate>
      <p id="problem" role="alert" hidden={!problem}>
        {problem}
      </p>
      <footer>
        <span>
          Interaction: <span id="status">{inProgress}</span>
        </span>
        <Events />
      </footer>
    </main>
  );
}

function Avatar({ account }: { account: AccountInfo }) {
  const initials = (account.name || account.username).split(/[\s@.]+/, 2).map((word) => word[0]);
  return <div className="avatar">{initials.join("").toUpperCase()}</div>;
}
