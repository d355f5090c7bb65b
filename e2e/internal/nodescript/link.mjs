// What a script says to the Go tests that started it, and they to it: one JSON object a line.
//
//   to the script    { id, do, with }             do an operation
//                    { id, answer } or { id, problem }   reply to what it asked
//   from the script  { id, result } or { id, error }     the operation's end
//                    { id, ask, with }            a question to the test, one at a time for each operation
import { createInterface } from 'node:readline';

const RealDate = Date;
let offset = 0;

// The Date of this process can be set forward, as the clock of the authority is.
globalThis.Date = class Date extends RealDate {
	constructor(...parts) {
		if (parts.length > 0) super(...parts);
		else super(RealDate.now() + offset);
	}

	static now() {
		return RealDate.now() + offset;
	}
};

function travel({ milliseconds }) {
	offset += milliseconds;
}

// serve does the operations, functions of (with, ask), until standard input ends. describe turns an exception into the
// error that the test sees.
export async function serve(operations, describe) {
	const questions = new Map();
	const say = (message) => process.stdout.write(JSON.stringify(message) + '\n');
	const known = { travel, ...operations };
	const run = async ({ id, do: name, with: input }) => {
		const ask = (question, data) =>
			new Promise((resolve, reject) => {
				questions.set(id, { resolve, reject });
				say({ id, ask: question, with: data });
			});
		try {
			say({ id, result: (await known[name](input, ask)) ?? null });
		} catch (error) {
			say({ id, error: { name: error.name, message: error.message, ...describe(error) } });
		}
	};
	say({ id: 0, result: 'ready' });
	for await (const line of createInterface({ input: process.stdin })) {
		const message = JSON.parse(line);
		const question = questions.get(message.id);
		if (!question) {
			run(message);
			continue;
		}
		questions.delete(message.id);
		if (message.problem) question.reject(new Error(message.problem));
		else question.resolve(message.answer);
	}
	process.exit();
}
