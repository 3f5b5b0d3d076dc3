// Accounts, their online state and their profiles by REST (server-api §3.1 to §3.3).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { RawClient } from './support/raw_ws.mjs';
import { userSigAt } from './support/rest.mjs';
import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

const OK = { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 };
const WEB = 7;

let server, app, rest;

before(async () => {
  server = await Server.start();
  app = await server.app();
  rest = app.rest;
  await server.cli(
    ...['limit', 'set', '--app', app.sdkappid, '--limit', 'call_rate', '--value', 10000],
    ...['--reason', 'tests'],
  );
});

after(() => server?.remove());

const login = (command, body) => rest.call(`im_open_login_svc/${command}`, body);
const code = async (reply) => (await reply).ErrorCode;

async function statusOf(...names) {
  const { ResultItem } = await login('account_check', {
    CheckItem: names.map((UserID) => ({ UserID })),
  });
  return ResultItem.map(({ AccountStatus }) => AccountStatus);
}

async function profileOf(name, ...tags) {
  const reply = await rest.ok('profile/portrait_get', {
    To_Account: [name],
    TagList: tags.map((tag) => `Tag_Profile_IM_${tag}`),
  });
  return Object.fromEntries(
    reply.UserProfileItem[0].ProfileItem.map(({ Tag, Value }) => [Tag.slice(15), Value]),
  );
}

describe('account_import', () => {
  test('makes an account with nick and face, and changes them when called again', async () => {
    const first = { Identifier: 'imp_a', Nick: 'Ann', FaceUrl: 'http://f/1', Type: 0 };
    assert.deepEqual(await login('account_import', first), OK);
    assert.deepEqual(await profileOf('imp_a', 'Nick', 'Image'), { Nick: 'Ann', Image: 'http://f/1' });
    assert.deepEqual(await login('account_import', { Identifier: 'imp_a', Nick: 'Eve' }), OK);
    assert.deepEqual(await profileOf('imp_a', 'Nick', 'Image'), { Nick: 'Eve', Image: 'http://f/1' });
    assert.deepEqual(await login('account_import', { Identifier: 'imp_a' }), OK);
    assert.deepEqual(await profileOf('imp_a', 'Nick'), { Nick: 'Eve' });
  });

  test('takes the later name UserID as well', async () => {
    assert.deepEqual(await login('account_import', { UserID: 'imp_b', Nick: 'B' }), OK);
    assert.deepEqual(await statusOf('imp_b'), ['Imported']);
  });

  test('takes names of 1 to 32 printable bytes: else 70402', async () => {
    const good = ['x', 'y'.repeat(32), ' ', '~!@#$%^&*()_+', '"\\/', '<b>', 'a b'];
    for (const Identifier of good) assert.deepEqual(await login('account_import', { Identifier }), OK);
    assert.deepEqual(await statusOf(...good), good.map(() => 'Imported'));
    for (const Identifier of ['', 'y'.repeat(33), 'é', '中文', 'a\n', 'a\u0000', '\u007f', 7, null, true, ['a'], {}])
      assert.equal(await code(login('account_import', { Identifier })), 70402, String(Identifier));
    assert.equal(await code(login('account_import', {})), 70402);
    assert.equal(await code(login('account_import', { Nick: 'no name' })), 70402);
  });

  test('names differ by case and by every byte', async () => {
    await login('account_import', { Identifier: 'Case' });
    assert.deepEqual(await statusOf('Case', 'case', 'Case '), ['Imported', 'NotImported', 'NotImported']);
  });

  test('takes nicks and faces up to 500 bytes, and text of every kind', async () => {
    for (const Nick of ['n'.repeat(500), '喜'.repeat(166), '🐦"\\\n', '</script>']) {
      assert.deepEqual(await login('account_import', { Identifier: 'imp_c', Nick }), OK);
      assert.deepEqual(await profileOf('imp_c', 'Nick'), { Nick });
    }
    assert.equal(await code(login('account_import', { Identifier: 'imp_c', Nick: 'n'.repeat(501) })), 70402);
    assert.equal(await code(login('account_import', { Identifier: 'imp_c', Nick: 1 })), 70402);
    assert.equal(await code(login('account_import', { Identifier: 'imp_c', FaceUrl: [] })), 70402);
  });

  test('an account that logged in is imported too', async (t) => {
    const client = await SdkClient.ready(server, app, 'imp_login');
    t.after(() => client.close());
    assert.deepEqual(await statusOf('imp_login'), ['Imported']);
  });
});

describe('multiaccount_import', () => {
  const many = (Accounts) => login('multiaccount_import', { Accounts });

  test('makes up to 100 accounts, and without failures names none', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `many_${i}`);
    assert.deepEqual(await many(names), OK);
    assert.deepEqual(await statusOf(...names), names.map(() => 'Imported'));
    assert.deepEqual(await many(names), OK);
  });

  test('names those that cannot be accounts, and makes the others', async () => {
    const reply = await many(['part_a', '', 'x'.repeat(33), 'part_b', 'é', 'part_a']);
    assert.deepEqual(reply, { ...OK, FailAccounts: ['', 'x'.repeat(33), 'é'] });
    assert.deepEqual(await statusOf('part_a', 'part_b'), ['Imported', 'Imported']);
  });

  test('refuses over 100, none, and what is no list of strings: 70402 or 70206', async () => {
    const over = await many(Array.from({ length: 101 }, (_, i) => `over_${i}`));
    assert.ok([70402, 70206].includes(over.ErrorCode));
    assert.deepEqual(await statusOf('over_0'), ['NotImported']);
    for (const Accounts of [undefined, [], 'a', {}, [1], [null], [['a']]])
      assert.equal(await code(many(Accounts)), 70402, JSON.stringify(Accounts));
  });

  test('counts each new account once', async () => {
    const own = await server.app();
    await own.rest.importAccounts('a', 'b', 'a');
    await own.rest.importAccounts('b', 'c');
    const { totals } = await server.cli('usage', '--app', own.sdkappid);
    assert.equal(totals.registered, 4); // with the administrator's own
  });
});

describe('account_check', () => {
  test('answers in the order of the question, doubles and impossible names included', async () => {
    await rest.importAccounts('check_a');
    const reply = await login('account_check', {
      CheckItem: [{ UserID: 'nobody' }, { UserID: 'check_a' }, { UserID: 'nobody' }, { UserID: 'é' }],
    });
    const item = (UserID, AccountStatus) => ({ UserID, ResultCode: 0, ResultInfo: '', AccountStatus });
    assert.deepEqual(reply, {
      ...OK,
      ResultItem: [
        item('nobody', 'NotImported'),
        item('check_a', 'Imported'),
        item('nobody', 'NotImported'),
        item('é', 'NotImported'),
      ],
    });
  });

  test('refuses over 100, none, and what is no list of UserIDs: 70402 or 70206', async () => {
    const CheckItem = Array.from({ length: 101 }, (_, i) => ({ UserID: `n${i}` }));
    assert.ok([70402, 70206].includes(await code(login('account_check', { CheckItem }))));
    assert.equal((await login('account_check', { CheckItem: CheckItem.slice(1) })).ResultItem.length, 100);
    for (const bad of [undefined, [], 'a', {}, ['a'], [{}], [{ UserID: 1 }], [{ UserID: '' }], [null]])
      assert.equal(await code(login('account_check', { CheckItem: bad })), 70402, JSON.stringify(bad));
  });
});

describe('account_delete', () => {
  test('is off: the command is unknown or refuses with 71000', async () => {
    const reply = await login('account_delete', { DeleteItem: [{ UserID: 'imp_a' }] });
    assert.ok([60009, 71000].includes(reply.ErrorCode), JSON.stringify(reply));
  });
});

describe('kick', () => {
  const now = () => Math.floor(Date.now() / 1000);

  test('ends online clients and all UserSigs made before; a newer one logs in', async (t) => {
    const client = await SdkClient.ready(server, app, 'kick_a');
    t.after(() => client.close());
    const event = client.next('KICKED_OUT');
    assert.deepEqual(await login('kick', { Identifier: 'kick_a' }), OK);
    assert.equal((await event).type, client.sdk.TYPES.KICKED_OUT_REST_API);

    const raw = await RawClient.open(server, app);
    t.after(() => raw.close());
    const body = { State: 'Online', is_web_uniapp: 0, InstType: 0, CustomInfo: '' };
    const tryLogin = (usersig) =>
      code(raw.call('im_open_status.wslogin', body, { identifier: 'kick_a', usersig }));
    assert.equal(await tryLogin(userSigAt(app, 'kick_a', now() - 60)), 70052);
    assert.equal(await tryLogin(userSigAt(app, 'kick_a', now() + 60)), 0);
  });

  test('ends every terminal of the account, and no other account', async (t) => {
    const own = await server.app();
    await server.cli(
      ...['limit', 'set', '--app', own.sdkappid, '--limit', 'multi_terminal', '--value', 1],
      ...['--reason', 'tests'],
    );
    const open = async (user, platform) => {
      const client = await RawClient.open(server, own, { platform });
      t.after(() => client.close());
      await client.login(user);
      return client;
    };
    const terminals = [await open('kick_b', WEB), await open('kick_b', 2), await open('kick_b', 3)];
    const other = await open('kick_c', WEB);
    await own.rest.ok('im_open_login_svc/kick', { UserID: 'kick_b' });
    const state = await own.rest.ok('openim/querystate', { To_Account: ['kick_b', 'kick_c'] });
    assert.deepEqual(state.QueryResult.map(({ State }) => State), ['Offline', 'Online']);
    for (const terminal of terminals)
      await terminal.pushes.take(({ EventArray }) => EventArray, 10000, 'push about the kick');
    assert.deepEqual(other.pushes.peek(), []);
  });

  test('works for accounts that never logged in; a second kick too', async () => {
    await rest.importAccounts('kick_d');
    for (let i = 0; i < 2; i++) assert.deepEqual(await login('kick', { Identifier: 'kick_d' }), OK);
  });

  test('of nobody: 70107; of what is no name: 70402', async () => {
    assert.equal(await code(login('kick', { Identifier: 'kick_nobody' })), 70107);
    for (const body of [{}, { Identifier: '' }, { Identifier: 1 }, { Identifier: ['kick_a'] }, { Identifier: 'é' }])
      assert.equal(await code(login('kick', body)), 70402, JSON.stringify(body));
  });
});

describe('querystate', () => {
  const query = (To_Account) => rest.call('openim/querystate', { To_Account });

  test('follows clients as they come and go', async (t) => {
    await rest.importAccounts('qs_off');
    const client = await SdkClient.ready(server, app, 'qs_on');
    t.after(() => client.close());
    assert.deepEqual(await query(['qs_on', 'qs_off', 'qs_nobody']), {
      ...OK,
      QueryResult: [
        { To_Account: 'qs_on', State: 'Online' },
        { To_Account: 'qs_off', State: 'Offline' },
        { To_Account: 'qs_nobody', State: 'Offline' },
      ],
    });
    await client.chat.logout();
    assert.equal((await query(['qs_on'])).QueryResult[0].State, 'Offline');
  });

  test('takes up to 500 accounts: 90011 beyond', async () => {
    const names = Array.from({ length: 501 }, (_, i) => `qs_${i}`);
    assert.equal(await code(query(names)), 90011);
    assert.equal((await query(names.slice(1))).QueryResult.length, 500);
  });

  test('90001 for none, 90003 for what is no string', async () => {
    assert.equal(await code(query([])), 90001);
    for (const bad of [[1], [null], ['a', {}], [['a']]])
      assert.equal(await code(query(bad)), 90003, JSON.stringify(bad));
    for (const bad of [undefined, 'a', {}, 7]) {
      const reply = await query(bad);
      assert.ok([90001, 90003].includes(reply.ErrorCode), JSON.stringify(bad));
    }
  });
});

describe('query_online_status', () => {
  const query = (To_Account, IsNeedDetail) =>
    rest.call('openim/query_online_status', { To_Account, IsNeedDetail });

  test('names the state Status, and unknown accounts in ErrorList', async (t) => {
    await rest.importAccounts('st_off');
    const client = await SdkClient.ready(server, app, 'st_on');
    t.after(() => client.close());
    const reply = await query(['st_on', 'st_nobody', 'st_off']);
    assert.deepEqual(reply.QueryResult, [
      { To_Account: 'st_on', Status: 'Online' },
      { To_Account: 'st_off', Status: 'Offline' },
    ]);
    assert.deepEqual(reply.ErrorList, [{ To_Account: 'st_nobody', ErrorCode: 70107 }]);
    assert.equal(reply.ErrorCode, 0);
    assert.equal(reply.ActionStatus, 'OK');
  });

  test('tells the platforms when asked', async (t) => {
    const own = await server.app();
    await server.cli(
      ...['limit', 'set', '--app', own.sdkappid, '--limit', 'multi_terminal', '--value', 1],
      ...['--reason', 'tests'],
    );
    const platforms = { 7: 'Web', 2: 'Android', 3: 'iPhone', 13: 'iPad', 1: 'PC', 4: 'Mac' };
    for (const [platform, name] of Object.entries(platforms)) {
      const client = await RawClient.open(server, own, { platform: Number(platform) });
      t.after(() => client.close());
      await client.login(`st_${name}`);
      const { QueryResult } = await own.rest.ok('openim/query_online_status', {
        To_Account: [`st_${name}`],
        IsNeedDetail: 1,
      });
      assert.deepEqual(QueryResult, [
        {
          To_Account: `st_${name}`,
          Status: 'Online',
          Detail: [{ Platform: name, Status: 'Online' }],
        },
      ]);
    }
    await own.rest.importAccounts('st_none');
    const none = await own.rest.ok('openim/query_online_status', {
      To_Account: ['st_none'],
      IsNeedDetail: 1,
    });
    assert.equal(none.QueryResult[0].Status, 'Offline');
    assert.deepEqual(none.QueryResult[0].Detail ?? [], []);
  });

  test('fails at the top when all accounts are unknown, and names them', async () => {
    const reply = await query(['st_x', 'st_y']);
    assert.equal(reply.ActionStatus, 'FAIL');
    assert.notEqual(reply.ErrorCode, 0);
    assert.deepEqual(
      reply.ErrorList.map(({ To_Account, ErrorCode }) => [To_Account, ErrorCode]),
      [['st_x', 70107], ['st_y', 70107]],
    );
  });

  test('90011 over 500, 90001 for none, 90003 for what is no string', async () => {
    assert.equal(await code(query(Array(501).fill('a'))), 90011);
    assert.equal(await code(query([])), 90001);
    assert.equal(await code(query([1])), 90003);
  });
});

describe('profiles', () => {
  const ALL = {
    Nick: 'Magpie 喜鹊',
    Gender: 'Gender_Type_Female',
    BirthDay: 20190419,
    Location: 'x'.repeat(16),
    SelfSignature: 's'.repeat(500),
    AllowType: 'AllowType_Type_DenyAny',
    Language: 4294967295,
    Image: 'http://i/"1"',
    MsgSettings: 1,
    AdminForbidType: 'AdminForbid_Type_SendOut',
    Level: 7,
    Role: 0,
  };
  const items = (values) =>
    Object.entries(values).map(([tag, Value]) => ({ Tag: `Tag_Profile_IM_${tag}`, Value }));
  const set = (From_Account, ProfileItem) => rest.call('profile/portrait_set', { From_Account, ProfileItem });
  const get = (To_Account, TagList) => rest.call('profile/portrait_get', { To_Account, TagList });

  before(() => rest.importAccounts('pf_a', 'pf_b', 'pf_c'));

  test('keep every standard field with its type', async () => {
    assert.deepEqual(await set('pf_a', items(ALL)), { ...OK, ErrorDisplay: '' });
    assert.deepEqual(await profileOf('pf_a', ...Object.keys(ALL)), ALL);
  });

  test('are not shared, and what is not named stays', async () => {
    await set('pf_b', items({ Nick: 'b', Level: 1 }));
    await set('pf_b', items({ Level: 2 }));
    assert.deepEqual(await profileOf('pf_b', ...Object.keys(ALL)), { Nick: 'b', Level: 2 });
    await set('pf_b', items({ Nick: '' }));
    assert.equal((await profileOf('pf_b', 'Nick')).Nick ?? '', '');
  });

  test('the shape of portrait_get', async () => {
    await set('pf_c', items({ Nick: 'c' }));
    const reply = await get(['pf_c', 'pf_nobody'], ['Tag_Profile_IM_Nick', 'Tag_Profile_IM_Level']);
    assert.equal(reply.ErrorCode, 0);
    assert.equal(reply.ErrorDisplay, '');
    assert.deepEqual(reply.UserProfileItem[0], {
      To_Account: 'pf_c',
      ProfileItem: [{ Tag: 'Tag_Profile_IM_Nick', Value: 'c' }],
      ResultCode: 0,
      ResultInfo: '',
    });
    assert.equal(reply.UserProfileItem[1].To_Account, 'pf_nobody');
    assert.equal(reply.UserProfileItem[1].ResultCode, 40003);
    const outside = [...reply.Fail_Account, ...reply.Invalid_Account];
    assert.deepEqual(outside, ['pf_nobody']);
  });

  test('portrait_get refuses what it cannot answer', async () => {
    const nick = ['Tag_Profile_IM_Nick'];
    assert.equal(await code(get([], nick)), 40002);
    assert.equal(await code(get(undefined, nick)), 40002);
    assert.equal(await code(get(['pf_nobody'], nick)), 40003);
    assert.equal(await code(get(['pf_a'], ['Tag_Profile_IM_None'])), 40009);
    for (const bad of [undefined, [], 'Tag_Profile_IM_Nick', [1]])
      assert.equal(await code(get(['pf_a'], bad)), 40001, JSON.stringify(bad));
    for (const bad of ['pf_a', [1], {}, [null]])
      assert.equal(await code(get(bad, nick)), 40001, JSON.stringify(bad));
    assert.equal((await get(Array(100).fill('pf_a'), nick)).UserProfileItem.length, 100);
    assert.notEqual(await code(get(Array(101).fill('pf_a'), nick)), 0);
  });

  test('portrait_set refuses unknown accounts, tags, types and values', async () => {
    const one = (tag, Value) => code(set('pf_a', [{ Tag: `Tag_Profile_IM_${tag}`, Value }]));
    assert.equal(await code(set('pf_nobody', items({ Nick: 'x' }))), 40003);
    assert.equal(await one('None', 'x'), 40009);
    assert.equal(await code(set('pf_a', [{ Tag: 'Tag_Profile_Custom_Nothing', Value: 'x' }])), 40009);
    assert.equal(await one('Nick', 'n'.repeat(501)), 40601);
    assert.equal(await one('Image', '喜'.repeat(167)), 40601);
    assert.equal(await one('Gender', 'Gender_Type_Other'), 40605);
    assert.equal(await one('AllowType', ''), 40605);
    assert.equal(await one('AdminForbidType', 'x'), 40605);
    assert.equal(await one('Location', 'x'.repeat(17)), 40605);
    assert.equal(await one('Level', 4294967296), 40605);
    assert.equal(await one('Level', -1), 40605);
    assert.equal(await one('Nick', 1), 40610);
    assert.equal(await one('Nick', null), 40610);
    assert.equal(await one('BirthDay', '20190419'), 40610);
    assert.deepEqual(await profileOf('pf_a', 'Nick', 'Level'), { Nick: ALL.Nick, Level: ALL.Level });
  });

  test('portrait_set refuses bodies without their parts: 40001', async () => {
    const good = items({ Nick: 'x' });
    for (const bad of [undefined, '', 7, ['pf_a'], 'é'])
      assert.equal(await code(set(bad, good)), 40001, JSON.stringify(bad));
    for (const bad of [undefined, [], {}, 'x', ['x'], [null], [{ Tag: 'Tag_Profile_IM_Nick' }], [{ Value: 1 }], [{ Tag: 1, Value: 1 }]])
      assert.equal(await code(set('pf_a', bad)), 40001, JSON.stringify(bad));
  });

  test('a refused item leaves the whole request undone', async () => {
    assert.equal(await code(set('pf_a', [...items({ Nick: 'half' }), ...items({ Level: 'x' })])), 40610);
    assert.deepEqual(await profileOf('pf_a', 'Nick'), { Nick: ALL.Nick });
  });

  test('a change reaches the account where it is online', async (t) => {
    const client = await SdkClient.ready(server, app, 'pf_online');
    t.after(() => client.close());
    const event = client.next('PROFILE_UPDATED', (list) => list.some(({ nick }) => nick === 'pushed'));
    await set('pf_online', items({ Nick: 'pushed' }));
    await event;
  });

  test('outlive a restart', async () => {
    await server.restart();
    assert.deepEqual(await profileOf('pf_a', ...Object.keys(ALL)), ALL);
  });
});
