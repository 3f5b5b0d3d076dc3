// Two people chat through a real server with the official client SDK; then the bill.
import { cli, run } from '../integration/support/cli.mjs';
import { SdkClient } from '../integration/support/sdk.mjs';
import { Server } from '../integration/support/server.mjs';

const say = (who, what) => console.log(`  ${who.padEnd(8)}${what}`);
const title = (text) => console.log(`\n\x1b[1m${text}\x1b[0m`);

async function talk(alice, bob) {
  title('Alice and Bob, each an unmodified SDK client');
  const hello = await alice.sendText('bob', 'Hello Bob, does this run on our own machine?');
  say('alice', `sends: ${hello.payload.text}`);
  const received = await bob.message();
  say('bob', `receives it from ${received.from}`);

  await bob.chat.setMessageRead({ conversationID: 'C2Calice' });
  await alice.next('MESSAGE_READ_BY_PEER');
  say('alice', 'sees that Bob has read it');

  const { CONV_C2C } = bob.sdk.TYPES;
  const card = bob.chat.createCustomMessage({
    to: 'alice',
    conversationType: CONV_C2C,
    payload: { data: '{"card":"yes"}', description: 'a card', extension: '' },
  });
  await bob.chat.sendMessage(card);
  const custom = await alice.message(({ type }) => type === alice.sdk.TYPES.MSG_CUSTOM);
  say('bob', `sends a custom message: ${custom.payload.data}`);

  const slip = await bob.sendText('alice', 'Oops, wrong window');
  await alice.message(({ payload }) => payload.text === 'Oops, wrong window');
  say('bob', 'sends a message by mistake');
  await bob.chat.revokeMessage(slip);
  await alice.next('MESSAGE_REVOKED');
  say('bob', 'takes it back; Alice sees it go');

  const { messageList } = await alice.history('bob');
  say('alice', `has ${messageList.length} messages in her history`);
}

async function show(what, ...args) {
  title(what);
  const { stdout, stderr, status } = await run(args);
  process.stdout.write(stdout || stderr);
  if (status) process.exitCode = 1;
}

const server = await Server.start();
try {
  const app = await cli(server.dataDir, 'app', 'create', '--name', 'demo');
  const alice = await SdkClient.ready(server, app, 'alice');
  const bob = await SdkClient.ready(server, app, 'bob');
  await talk(alice, bob);
  await alice.close();
  await bob.close();

  const id = String(app.sdkappid);
  const month = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 7);
  await show(`Usage of app ${id} in ${month}`, 'usage', '--data', server.dataDir, '--app', id);
  await show('Its bill', 'bill', '--data', server.dataDir, '--app', id, '--month', month);
  await show(
    'And a month of 200,000 daily active users with everything on it',
    ...'price --dau 200000 --roaming-months 12 --multi-terminal --push-targets 12000'.split(' '),
    ...'--calls-per-second 1000 --groups-per-day 10000 --groups 1000000 --recents 500'.split(' '),
  );
} finally {
  await server.stop();
}
