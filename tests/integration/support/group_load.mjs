// What tests of groups under load have in common.
import assert from 'node:assert/strict';

import { textBody } from './rest.mjs';

export const GROUPS = 'group_open_http_svc';
export const TIP_JOINED = 1;
export const TIP_QUIT = 2;

/** No limit of the price table is in the way of a load. */
export async function raiseLimits(server, app) {
  for (const limit of ['call_rate', 'group_messages'])
    await server.cli(
      ...['limit', 'set', '--app', app.sdkappid, '--limit', limit],
      ...['--value', 100000, '--reason', 'load'],
    );
}

/** Runs `each` over the items, so many at a time. */
export async function forAll(items, width, each) {
  const rest = [...items];
  const one = async () => {
    while (rest.length) await each(rest.shift());
  };
  await Promise.all(Array.from({ length: width }, one));
}

export function importAll(rest, names) {
  const hundreds = [];
  for (let i = 0; i < names.length; i += 100) hundreds.push(names.slice(i, i + 100));
  return forAll(hundreds, 4, (some) => rest.importAccounts(...some));
}

/** Everything in a group from seq 1 on; its seqs must be 1, 2, 3 ... without a gap. */
export async function history(rest, group) {
  const all = [];
  let seq;
  do {
    const page = await rest.ok(`${GROUPS}/group_msg_get_simple`, {
      GroupId: group,
      ReqMsgNumber: 20,
      ...(seq && { ReqMsgSeq: seq }),
    });
    all.push(...page.RspMsgList);
    if (!page.RspMsgList.length) break;
    seq = page.RspMsgList.at(-1).MsgSeq - 1;
  } while (seq);
  all.reverse();
  all.forEach((item, i) => assert.equal(item.MsgSeq, i + 1, 'a gap, or the same seq twice'));
  return all;
}

export const isTip = (item) => item.Event === 4;

/** A message's own number is its Random. */
export const messageOf = (random) => ({ Random: random, MsgBody: textBody(`text ${random}`) });

export async function roles(rest, group, accounts) {
  const all = new Map();
  for (let i = 0; i < accounts.length; i += 500) {
    const { UserIdList } = await rest.ok(`${GROUPS}/get_role_in_group`, {
      GroupId: group,
      User_Account: accounts.slice(i, i + 500),
    });
    for (const { Member_Account, Role } of UserIdList) all.set(Member_Account, Role);
  }
  return all;
}

/** ErrorCode and info of one group. */
export async function info(rest, group) {
  const reply = await rest.ok(`${GROUPS}/get_group_info`, { GroupIdList: [group] });
  return reply.GroupInfo[0];
}

/** A call that fails at once when its connection ends. */
export function callOf(client, command, body) {
  const reply = client.call(`${GROUPS}.${command}`, body);
  reply.catch(() => {}); // nobody waits any more when the connection ended first
  return Promise.race([
    reply,
    client.closed.then(() => {
      throw new Error('the connection has ended');
    }),
  ]);
}

/** Repeats `step` until one fails, as they all do when the server dies. */
export async function untilDead(step) {
  try {
    for (;;) await step();
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
  }
}

/** Resolves when it has been told of so many. */
export class Countdown {
  constructor(count) {
    this.done = new Promise((resolve) => (this.tick = () => --count === 0 && resolve()));
  }
}
