// An OpenID provider for the tests in this folder: the package oidc-provider with the tests' clients, one API, and
// whoever signs in as a user, by any password.
//
// The first line of its standard input is a JSON array of clients. It listens on a free loopback port, prints
// "ready ISSUER", and ends when its standard input does, so that it cannot outlive the tests.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Provider, errors } from 'oidc-provider';

const API = 'https://tasks.example';

const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit());
const [clients] = await once(lines, 'line');

const server = createServer();
await once(server.listen(0, '127.0.0.1'), 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
	clients: JSON.parse(clients),
	jwks: {
		keys: [
			signingKey('rsa', { modulusLength: 2048 }),
			signingKey('ec', { namedCurve: 'P-256' }),
		],
	},
	conformIdTokenClaims: false, // user claims are in ID tokens as well
	scopes: ['openid', 'offline_access', 'profile'],
	claims: { profile: ['name', 'preferred_username'] },
	findAccount: (ctx, sub) => ({
		accountId: sub,
		claims: () => ({ sub, name: `The user ${sub}`, preferred_username: `${sub}@tasks.example` }),
	}),
	features: {
		clientCredentials: { enabled: true },
		deviceFlow: { enabled: true },
		resourceIndicators: {
			enabled: true,
			getResourceServerInfo(ctx, resource) {
				if (resource !== API) throw new errors.InvalidTarget();
				return { scope: 'tasks.read tasks.write', accessTokenFormat: 'jwt' };
			},
		},
	},
	rotateRefreshToken: true,
	cookies: { keys: [randomBytes(32).toString('hex')] },
	ttl: {
		AccessToken: 600,
		ClientCredentials: 600,
		DeviceCode: (ctx, code, client) => (client.clientId === 'hasty-device' ? 2 : 60),
		Grant: 3600,
		IdToken: 3600,
		Interaction: 600,
		RefreshToken: 3600,
		Session: 3600,
	},
});
server.on('request', provider.callback());
console.log(`ready ${issuer}`);

function signingKey(kind, options) {
	const { privateKey } = generateKeyPairSync(kind, options);
	return { ...privateKey.export({ format: 'jwk' }), kid: kind, use: 'sig' };
}
