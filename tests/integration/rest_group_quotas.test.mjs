// What an app's plan allows of groups, and what getappinfo counts of them (server-api §5.1, §6.6,
// §9, §12.1; the price plan).
import assert from 'node:assert/strict';
import { readFile, writeFile, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { groupApp, now, setLimit } from './support/groups.mjs';
import { RawClient } from './support/raw_ws.mjs';
import { textBody } from './support/rest.mjs';
import { Server } from './support/server.mjs';

const PLAN = fileURLToPath(new URL('../../plans/cloud-2018.json', import.meta.url));
const AT_ONCE = 64;

let server, dir;

before(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'magpie-plan-'));
  server = await Server.start();
});

after(async () => {
  await server?.remove();
  await rm(dir, { recursive: true, force: true });
});

/** A server whose apps have a changed plan. */
async function planned(t, id, change) {
  const plan = JSON.parse(await readFile(PLAN, 'utf8'));
  plan.id = id;
  change(plan);
  const file = path.join(dir, `${id}.json`);
  await writeFile(file, JSON.stringify(plan));
  const other = await Server.start({ args: ['--plan', file] });
  t.after(() => other.remove());
  return other;
}

const group = (more) => ({ Type: 'Public', Name: 'x', ...more });

/** So many calls, 64 at a time; resolves how often each ErrorCode came. */
async function many(groups, count, body = () => group()) {
  const codes = {};
  let left = count;
  const run = async () => {
    while (left-- > 0) {
      const code = await groups.code('create_group', body());
      codes[code] = (codes[code] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
  return codes;
}

const total = async (groups) => (await groups.ok('get_appid_group_list', { Limit: 1 })).TotalCount;

describe('groups a day', () => {
  test('500 net of those dissolved, exactly, however many call at once: then 10006', async () => {
    const { groups, ...app } = await groupApp(server, { groups_per_day: 500 });
    assert.deepEqual(await many(groups, 480), { 0: 480 });
    assert.deepEqual(await many(groups, AT_ONCE), { 0: 20, 10006: 44 });
    assert.equal(await total(groups), 500);
    const { GroupIdList } = await groups.ok('get_appid_group_list', { Limit: 3 });
    for (const { GroupId } of GroupIdList) await groups.ok('destroy_group', { GroupId });
    assert.deepEqual(await many(groups, AT_ONCE), { 0: 3, 10006: 61 });
    const old = { Type: 'Public', Name: 'x', CreateTime: now() - 9e6 };
    assert.equal(await groups.code('import_group', old), 10006, 'imported groups count too');
    assert.equal(await groups.code('create_group', group({ Type: 'AVChatRoom' })), 10006);
    await setLimit(server, app, 'groups_per_day', 1000);
    assert.equal(await groups.code('import_group', old), 0);
    assert.equal(await groups.code('create_group', group({ Type: 'AVChatRoom' })), 0);
    await server.restart();
    assert.deepEqual(await many(groups, 520), { 0: 498, 10006: 22 });
  });
});

describe('plans with caps', () => {
  test('groups in total, exactly, however many call at once: 10006', async (t) => {
    const other = await planned(t, 'few-groups', (plan) => {
      Object.assign(plan.groups_total, { included: 100, step: 100 });
    });
    const { groups, ...app } = await groupApp(other);
    assert.deepEqual(await many(groups, 80), { 0: 80 });
    assert.deepEqual(await many(groups, AT_ONCE), { 0: 20, 10006: 44 });
    assert.equal(await total(groups), 100);
    const { GroupIdList } = await groups.ok('get_appid_group_list', { Limit: 1 });
    await groups.ok('destroy_group', GroupIdList[0]);
    assert.deepEqual(await many(groups, 3), { 0: 1, 10006: 2 });
    await setLimit(other, app, 'groups_total', 200);
    assert.deepEqual(await many(groups, AT_ONCE), { 0: 64 });
    await setLimit(other, app, 'groups_total', 100);
    assert.deepEqual(await many(groups, 1), { 10006: 1 });
  });

  test('a trial: 10036, 10037, 10038, 10058, 10059', async (t) => {
    const other = await planned(t, 'trial', (plan) => {
      Object.assign(plan.caps, {
        ...{ groups: 12, groups_per_account: 3, av_chat_rooms: 2, b_chat_rooms: 1 },
        ...{ members_of_public: 4, members_of_private: 4, members_of_chat_room: 4 },
      });
      Object.assign(plan.services, { group_counters: false, room_bans: false, room_broadcasts: false });
    });
    const { groups } = await groupApp(other);
    const [a, b, ...rest] = await groups.people(8);
    const code = (more) => groups.code('create_group', group(more));

    const room = await groups.make('AVChatRoom');
    await groups.make('AVChatRoom');
    assert.equal(await code({ Type: 'AVChatRoom' }), 10036);
    await groups.make('BChatRoom');
    assert.equal(await code({ Type: 'BChatRoom' }), 10036);

    const list = (names) => names.map((Member_Account) => ({ Member_Account }));
    assert.equal(await code({ MemberList: list(rest.slice(0, 5)) }), 10038);
    const full = await groups.make('Public', { members: rest.slice(0, 4) });
    assert.equal((await groups.info(full)).MaxMemberNum, 4);
    assert.equal(await groups.code('add_group_member', { GroupId: full, MemberList: list([a]) }), 10038);
    const small = await groups.make('Public', { MaxMemberCount: 1, members: rest.slice(0, 1) });
    assert.equal(await groups.code('add_group_member', { GroupId: small, MemberList: list([a]) }), 10014);

    for (let i = 0; i < 3; i++) await groups.make('Public', { Owner_Account: a });
    assert.equal(await code({ Owner_Account: a }), 10037);
    const open = await groups.make('Public');
    const added = await groups.call('add_group_member', { GroupId: open, MemberList: list([a, b]) });
    if (added.ErrorCode) assert.equal(added.ErrorCode, 10037);
    else assert.deepEqual(added.MemberList.map(({ Result }) => Result), [0, 1]);
    assert.equal((await groups.ok('get_joined_group_list', { Member_Account: a })).TotalCount, 3);

    const k = { GroupCounter: [{ Key: 'k', Value: 1 }], Mode: 'Set' };
    assert.equal(await groups.code('update_group_counter', { GroupId: open, ...k }), 10059);
    assert.equal(await groups.code('get_group_counter', { GroupId: open }), 10059);
    assert.equal(await groups.code('ban_group_member', { GroupId: room, Members_Account: [a], Duration: 1 }), 10059);
    assert.equal(await groups.code('send_broadcast_msg', { Random: 1, MsgBody: textBody('x') }), 10059);

    const made = await total(groups);
    assert.equal(made, 9);
    for (let i = made; i < 12; i++) assert.equal(await code(), 0);
    assert.equal(await code(), 10058);
    await groups.ok('destroy_group', { GroupId: open });
    assert.equal(await code(), 0);
  });
});

describe('getappinfo', () => {
  const NAMES = [
    ...['GroupUpMsgNum', 'GroupDownMsgNum', 'GroupSendMsgUserNum', 'GroupSendMsgGroupNum'],
    ...['GroupJoinGroupTimes', 'GroupQuitGroupTimes', 'GroupNewGroupNum', 'GroupAllGroupNum'],
    ...['GroupDestroyGroupNum', 'UpMsgNum', 'SendMsgUserNum'],
  ];
  const today = async (app) => {
    const { Result } = await app.rest.ok('openconfigsvr/getappinfo', { RequestField: NAMES });
    const { Date: _, ...numbers } = Result[0];
    return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)]));
  };

  test('counts what was done with groups', async (t) => {
    const app = await groupApp(server);
    const { groups } = app;
    const [a, b, c, d] = await groups.people(4);
    const wanted = Object.fromEntries(NAMES.map((name) => [name, 0]));
    const step = async (more) => {
      for (const [name, n] of Object.entries(more)) wanted[name] += n;
      assert.deepEqual(await today(app), wanted, JSON.stringify(more));
    };
    await step({});
    const one = await groups.make('Public', { Owner_Account: a, members: [b] });
    const two = await groups.make('ChatRoom');
    const three = await groups.make('AVChatRoom');
    await step({ GroupNewGroupNum: 3, GroupAllGroupNum: 3, GroupJoinGroupTimes: 2 });
    await groups.ok('add_group_member', {
      GroupId: one,
      Silence: 1,
      MemberList: [{ Member_Account: c }, { Member_Account: b }, { Member_Account: 'ghost' }],
    });
    await step({ GroupJoinGroupTimes: 1 });
    await groups.ok('delete_group_member', { GroupId: one, Silence: 1, MemberToDel_Account: [c, d] });
    await step({ GroupQuitGroupTimes: 1 });

    const client = await RawClient.open(server, app);
    t.after(() => client.close());
    await client.login(b);
    await groups.sent(one, { From_Account: a });
    await client.push('GroupMsgArray');
    await step({ GroupUpMsgNum: 1, UpMsgNum: 1, GroupDownMsgNum: 1, GroupSendMsgUserNum: 1, SendMsgUserNum: 1, GroupSendMsgGroupNum: 1 });
    await groups.sent(one, { From_Account: a });
    await groups.sent(two, { From_Account: d });
    await step({ GroupUpMsgNum: 2, UpMsgNum: 2, GroupDownMsgNum: 1, GroupSendMsgUserNum: 1, SendMsgUserNum: 1, GroupSendMsgGroupNum: 1 });
    await client.ok('group_open_http_svc.send_group_msg', groups.message(one));
    await groups.sent(three, { From_Account: a });
    await step({ GroupUpMsgNum: 2, UpMsgNum: 2, GroupSendMsgUserNum: 1, SendMsgUserNum: 1, GroupSendMsgGroupNum: 1 });

    const same = groups.message(one, { From_Account: a });
    await groups.ok('send_group_msg', same);
    await groups.ok('send_group_msg', same);
    await groups.send(one, { MsgBody: 'x' });
    await groups.ok('send_group_system_notification', { GroupId: one, Content: 'x' });
    await step({ GroupUpMsgNum: 1, UpMsgNum: 1, GroupDownMsgNum: 1 });

    const old = (await groups.ok('import_group', { Type: 'Public', Name: 'o', CreateTime: now() - 999 })).GroupId;
    await groups.ok('import_group_msg', { GroupId: old, MsgList: [{ From_Account: a, SendTime: now() - 9, MsgBody: textBody('x') }] });
    await groups.ok('import_group_member', { GroupId: old, MemberList: [{ Member_Account: a }] });
    await step({ GroupNewGroupNum: 1, GroupAllGroupNum: 1 });
    await groups.ok('destroy_group', { GroupId: old });
    await groups.call('destroy_group', { GroupId: old });
    await groups.call('create_group', group({ Owner_Account: 'ghost' }));
    await step({ GroupDestroyGroupNum: 1, GroupAllGroupNum: -1 });

    await client.ok('group_open_http_svc.apply_join_group', { GroupId: three });
    await step({ GroupJoinGroupTimes: 1 });
    await client.ok('group_open_http_svc.quit_group', { GroupId: three });
    await client.ok('group_open_http_svc.quit_group', { GroupId: one });
    await step({ GroupQuitGroupTimes: 2 });
    const before = await today(app);
    await server.restart();
    assert.deepEqual(await today(app), before);
  });
});
