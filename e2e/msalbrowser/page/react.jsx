// A page with @azure/msal-react, as Microsoft's documents show it: a component asks silently, by a popup if an
// interaction is required, and then calls the API.
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { InteractionRequiredAuthError, InteractionStatus, PublicClientApplication } from "@azure/msal-browser";
import { AuthenticatedTemplate, MsalProvider, UnauthenticatedTemplate, useMsal } from "@azure/msal-react";

const { settings } = globalThis;

async function callApi(accessToken) {
	const headers = new Headers();
	headers.append("Authorization", "Bearer " + accessToken);
	const response = await fetch(settings.api + "/tasks", { headers });
	const answer = await response.json();
	return `${response.status} ${answer.user} ${answer.scopes}`;
}

function ProtectedComponent({ scope }) {
	const { instance, inProgress, accounts } = useMsal();
	const [apiData, setApiData] = useState(null);
	const [failure, setFailure] = useState(null);

	useEffect(() => {
		const accessTokenRequest = { scopes: [scope], account: accounts[0] };
		if (apiData || failure || inProgress !== InteractionStatus.None) return;
		const show = (response) => callApi(response.accessToken).then(setApiData);
		instance.acquireTokenSilent(accessTokenRequest)
			.then(show)
			.catch((error) => {
				if (!(error instanceof InteractionRequiredAuthError)) throw error;
				return instance.acquireTokenPopup(accessTokenRequest).then(show);
			})
			.catch((error) => setFailure(String(error)));
	}, [instance, accounts, inProgress, apiData, failure, scope]);

	return <p id={scope.split("/").at(-1)}>{apiData ?? failure ?? "waiting"}</p>;
}

function App() {
	const { instance, inProgress, accounts } = useMsal();
	const [more, setMore] = useState(false);
	const [read, write] = settings.scopes;

	return (
		<>
			<p id="status">{inProgress}</p>
			<UnauthenticatedTemplate>
				<button id="popup" onClick={() => instance.loginPopup({ scopes: [read] })}>Sign in</button>
				<button id="redirect" onClick={() => instance.loginRedirect({ scopes: [read] })}>Sign in on this page</button>
			</UnauthenticatedTemplate>
			<AuthenticatedTemplate>
				<p id="user">{accounts[0]?.username}</p>
				<ProtectedComponent scope={read} />
				<button id="more" onClick={() => setMore(true)}>More</button>
				{more && <ProtectedComponent scope={write} />}
				<button id="logout" onClick={() => instance.logoutPopup({ account: accounts[0] })}>Sign out</button>
			</AuthenticatedTemplate>
		</>
	);
}

const pca = new PublicClientApplication(settings.msal);

createRoot(document.getElementById("root")).render(
	<MsalProvider instance={pca}>
		<App />
	</MsalProvider>,
);
