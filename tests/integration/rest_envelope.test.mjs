// Who may call the REST interface, and how it says no (server-api §1, §2).
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { deflateSync, inflateSync } from 'node:zlib';

import { RawHttp } from './support/raw_http.mjs';
import { Rest, userSig, userSigAt } from './support/rest.mjs';
import { Server } from './support/server.mjs';

const CHECK = 'im_open_login_svc/account_check';
const NOW_S = Math.floor(Date.now() / 1000);

let server, app, rest;

before(async () => {
  server = await Server.start();
  app = await server.app();
  rest = app.rest;
});

after(() => server?.remove());

/** Asserts a plain failure with that code. */
function refused(reply, code) {
  assert.equal(reply.ErrorCode, code, JSON.stringify(reply));
  assert.equal(reply.ActionStatus, 'FAIL');
  assert.equal(typeof reply.ErrorInfo, 'string');
  assert.notEqual(reply.ErrorInfo, '');
}

/** A call of which parts of the query are replaced; undefined leaves one out. */
async function call(query, body = {}, command = CHECK) {
  const parts = {
    sdkappid: app.sdkappid,
    identifier: 'administrator',
    usersig: rest.sig,
    random: 1,
    contenttype: 'json',
    ...query,
  };
  const text = Object.entries(parts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  const response = await fetch(`${server.url}/v4/${command}?${text}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  assert.equal(response.status, 200);
  return response.json();
}

const pack = (document) =>
  deflateSync(typeof document === 'string' ? document : JSON.stringify(document))
    .toString('base64')
    .replace(/[+/=]/g, (c) => ({ '+': '*', '/': '-', '=': '_' })[c]);

describe('the envelope', () => {
  test('a success has exactly ActionStatus, ErrorInfo and ErrorCode', async () => {
    const reply = await rest.call('im_open_login_svc/account_import', { Identifier: 'env_a' });
    assert.deepEqual(reply, { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 });
  });

  test('profile and recentcontact add ErrorDisplay, on failures too', async () => {
    await rest.importAccounts('env_b');
    const set = await rest.call('profile/portrait_set', {
      From_Account: 'env_b',
      ProfileItem: [{ Tag: 'Tag_Profile_IM_Nick', Value: 'b' }],
    });
    assert.deepEqual(set, { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0, ErrorDisplay: '' });
    for (const command of ['profile/portrait_set', 'recentcontact/get_list'])
      assert.equal((await rest.call(command, {})).ErrorDisplay, '', command);
  });

  test('openconfigsvr has no ActionStatus', async () => {
    const good = await rest.call('openconfigsvr/getappinfo', { RequestField: ['LoginTimes'] });
    assert.equal('ActionStatus' in good, false);
    assert.equal(good.ErrorInfo, 'OK');
    assert.equal(good.ErrorCode, 0);
    const bad = await rest.call('openconfigsvr/getappinfo', '[');
    assert.equal('ActionStatus' in bad, false);
    assert.equal(bad.ErrorCode, 130001);
  });

  test('the answer is JSON with the documented headers, and the status is 200', async () => {
    for (const sdkappid of [app.sdkappid, 'x']) {
      const response = await rest.fetch(CHECK, {}, { sdkappid });
      assert.equal(response.status, 200);
      assert.match(response.headers.get('content-type'), /^application\/json/);
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      assert.equal(response.headers.get('access-control-allow-headers'), 'X-Requested-With');
      assert.equal(response.headers.get('access-control-allow-methods'), 'POST');
      assert.equal(response.headers.get('connection'), 'keep-alive');
      const body = await response.text();
      assert.equal(response.headers.get('content-length'), String(Buffer.byteLength(body)));
    }
  });
});

describe('the address', () => {
  test('only POST is served: 60002', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const response = await fetch(`${server.url}/v4/${CHECK}?sdkappid=1`, { method });
      assert.equal(response.status, 200);
      refused(await response.json(), 60002);
    }
  });

  test('text that is not HTTP gets 60002 and a closed connection', async (t) => {
    const http = await RawHttp.open(server.address);
    t.after(() => http.close());
    http.write('this is no request\r\n\r\n');
    refused(await http.json(), 60002);
    await http.ended();
  });

  test('unknown services, commands, versions and paths: 60009', async () => {
    const paths = [
      '/v4/openim/no_such_command',
      '/v4/no_such_service/sendmsg',
      '/v4/openim',
      '/v4/openim/',
      '/v4/',
      '/v4/openim/sendmsg/',
      '/v4/openim/SendMsg',
      '/v3/openim/sendmsg',
      '/',
    ];
    for (const path of paths) {
      const response = await fetch(`${server.url}${path}?sdkappid=1`, { method: 'POST', body: '{}' });
      assert.equal(response.status, 200);
      refused(await response.json(), 60009);
    }
  });

  test('commands of clients only are no REST commands: 60009', async () => {
    for (const command of ['im_open_status/wslogin', 'openim/getroammsg', 'openim/msgwithdraw'])
      refused(await rest.call(command, {}), 60009);
  });

  test('without sdkappid: 60012', async () => {
    refused(await call({ sdkappid: undefined }), 60012);
    refused(await call({ sdkappid: undefined, sdkAppID: app.sdkappid }), 60012);
  });

  test('an sdkappid that is no app: 60006', async () => {
    for (const sdkappid of ['', 'x', '0', '-1', '1.5', '1399999999', '4294967296', '99999999999999999999'])
      refused(await call({ sdkappid }), 60006);
  });

  test('without identifier or usersig: 60004', async () => {
    refused(await call({ identifier: undefined }), 60004);
    refused(await call({ identifier: '' }), 60004);
    refused(await call({ usersig: undefined }), 60004);
  });

  test('parameter names are case-sensitive, their order is free, others are ignored', async () => {
    refused(await call({ identifier: undefined, Identifier: 'administrator' }), 60004);
    const parts = `contenttype=json&x=1&usersig=${rest.sig}&identifier=administrator`;
    const response = await fetch(
      `${server.url}/v4/im_open_login_svc/account_import?${parts}&sdkappid=${app.sdkappid}`,
      { method: 'POST', body: '{"Identifier":"env_order"}' },
    );
    assert.equal((await response.json()).ErrorCode, 0);
  });

  test('random and contenttype may be missing', async () => {
    const reply = await call({ random: undefined, contenttype: undefined }, {
      CheckItem: [{ UserID: 'env_a' }],
    });
    assert.equal(reply.ErrorCode, 0);
  });
});

describe('the UserSig', () => {
  test('of an ordinary account: 60010', async () => {
    const other = new Rest(server, app, 'env_user');
    refused(await other.call(CHECK, {}), 60010);
    refused(await other.call('openim/sendmsg', {}), 60010);
  });

  test('expired: 70001, and it may be used up to its last second', async () => {
    refused(await call({ usersig: userSigAt(app, 'administrator', NOW_S - 100, 50) }), 70001);
    refused(await call({ usersig: userSigAt(app, 'administrator', NOW_S - 86401, 86400) }), 70001);
    const usersig = userSigAt(app, 'administrator', NOW_S - 100, 400);
    refused(await call({ usersig }), 70402);
  });

  test('empty: 70002', async () => {
    refused(await call({ usersig: '' }), 70002);
  });

  test('cut off, or no UserSig at all: 70003', async (t) => {
    // Each is tried by its own identifier: failures lock.
    const sigs = [
      rest.sig.slice(0, -20),
      rest.sig.slice(20),
      'x',
      '!!!!',
      pack('not json'),
      pack([]),
      pack({}),
      pack({ 'TLS.ver': '2.0' }),
      'A'.repeat(4000),
    ];
    for (const [i, usersig] of sigs.entries())
      await t.test(usersig.slice(0, 30), async () =>
        refused(await call({ usersig, identifier: `malformed_${i}` }), 70003),
      );
  });

  test('made with the key of another app: 70009 or 70005', async () => {
    const other = await server.app();
    const usersig = userSig({ sdkappid: app.sdkappid, key: other.key }, 'env_key');
    const reply = await call({ usersig, identifier: 'env_key' });
    assert.ok([70005, 70009].includes(reply.ErrorCode), JSON.stringify(reply));
    refused(await call({ usersig: other.rest.sig, identifier: 'env_key' }), 70009);
  });

  test('made for a time far in the future: 70009', async () => {
    const at = (time) => userSigAt(app, 'administrator', time);
    refused(await call({ usersig: at(Math.floor(Date.now() / 1000) + 400) }), 70009);
    refused(await call({ usersig: at(Math.floor(Date.now() / 1000) + 200) }), 70402);
  });

  test('of another identifier: 70013', async () => {
    refused(await call({ usersig: userSig(app, 'env_user') }), 70013);
    refused(await call({ identifier: 'env_user' }), 70013);
  });

  test('signed by this app for another sdkappid: 70014', async () => {
    const usersig = userSig({ sdkappid: app.sdkappid + 1, key: app.key }, 'env_14');
    refused(await call({ usersig, identifier: 'env_14' }), 70014);
  });

  test('of version 1: 70016', async () => {
    const usersig = pack({
      'TLS.account_type': '0',
      'TLS.identifier': 'env_v1',
      'TLS.appid_at_3rd': String(app.sdkappid),
      'TLS.sdk_appid': String(app.sdkappid),
      'TLS.expire_after': '15552000',
      'TLS.version': '201512300000',
      'TLS.time': String(NOW_S),
      'TLS.sig': Buffer.alloc(72).toString('base64'),
    });
    refused(await call({ usersig, identifier: 'env_v1' }), 70016);
  });

  test('other spellings of one document are one UserSig', async () => {
    const parts = JSON.parse(
      Buffer.from(
        inflateSync(
          Buffer.from(rest.sig.replace(/[*\-_]/g, (c) => ({ '*': '+', '-': '/', _: '=' })[c]), 'base64'),
        ),
      ).toString(),
    );
    const turned = Object.fromEntries(Object.entries(parts).reverse());
    for (const usersig of [pack(JSON.stringify(turned, null, 2)), pack({ ...parts, extra: [1] })])
      refused(await call({ usersig }), 70402);
  });
});

describe('the order of checks', () => {
  const nothing = { sdkappid: undefined, identifier: undefined, usersig: undefined };

  test('command, sdkappid, signature, administrator, JSON, fields', async () => {
    const user = { identifier: 'env_user', usersig: userSig(app, 'env_user') };
    refused(await call(nothing, '', 'openim/nothing'), 60009);
    refused(await call(nothing, '', 'openim/sendmsg'), 60012);
    refused(await call({ ...nothing, sdkappid: 7 }, '', 'openim/sendmsg'), 60006);
    refused(await call({ ...nothing, sdkappid: app.sdkappid }, '', 'openim/sendmsg'), 60004);
    refused(await call({ ...user, usersig: '' }, '', 'openim/sendmsg'), 70002);
    refused(await call(user, '', 'openim/sendmsg'), 60010);
    refused(await call({}, '', 'openim/sendmsg'), 90001);
    refused(await call({}, {}, 'openim/sendmsg'), 90003);
  });
});

describe('the body', () => {
  const codes = {
    'openim/sendmsg': 90001,
    'openim/batchsendmsg': 90001,
    'openim/querystate': 90001,
    'openim/query_online_status': 90001,
    'openim/admin_getroammsg': 90001,
    'openim/admin_msgwithdraw': 90001,
    'openim/admin_set_msg_read': 90001,
    'openim/get_c2c_unread_msg_num': 90001,
    'profile/portrait_get': 40001,
    'profile/portrait_set': 40001,
    'recentcontact/get_list': 50002,
    'recentcontact/delete': 50002,
    'openconfigsvr/getappinfo': 130001,
    'im_open_login_svc/account_import': 60003,
    'im_open_login_svc/multiaccount_import': 60003,
    'im_open_login_svc/account_check': 60003,
    'im_open_login_svc/kick': 60003,
  };

  for (const [command, code] of Object.entries(codes))
    test(`${command} says ${code} to what is no JSON object`, async () => {
      for (const body of ['', ' ', '{', '{"a":}', '[]', '[{}]', '"x"', '7', 'null', '{}{}', "{'a':1}",
        '{"a":"\xff"', '{"a":1,}', '{"a":01}', '// x\n{}'])
        assert.equal((await rest.call(command, body)).ErrorCode, code, JSON.stringify(body));
    });

  test('{} is a body', async () => {
    assert.equal((await rest.call('openconfigsvr/getappinfo', '{}')).ErrorCode, 0);
    assert.equal((await rest.call('openconfigsvr/getappinfo', ' \r\n\t{ } \n')).ErrorCode, 0);
  });

  test('unknown fields are ignored, escapes in names and texts are understood', async () => {
    const body =
      '{"x":{"y":[1,2,{"z":null}]},"\\u0049dentifier":"env_\\u0065sc","Unknown":true,"n":1e400}';
    await rest.ok('im_open_login_svc/account_import', body);
    const check = await rest.ok(CHECK, { CheckItem: [{ UserID: 'env_esc' }], Later: 1 });
    assert.equal(check.ResultItem[0].AccountStatus, 'Imported');
  });

  test('text that is not UTF-8 is no JSON', async () => {
    const response = await fetch(
      `${server.url}/v4/${CHECK}?sdkappid=${app.sdkappid}&identifier=administrator&usersig=${rest.sig}`,
      { method: 'POST', body: Buffer.from('{"Identifier":"\xff\xfe"}', 'latin1') },
    );
    refused(await response.json(), 60003);
  });

  test('nesting without end is refused, not followed', async () => {
    const deep = `{"a":${'['.repeat(100000)}${']'.repeat(100000)}}`;
    assert.equal((await rest.call(CHECK, deep)).ErrorCode, 60003);
    assert.equal((await rest.call(CHECK, '['.repeat(100000))).ErrorCode, 60003);
  });
});

describe('failed signatures', () => {
  const FAILURES = 10;

  test('lock their app and identifier, and nobody else: 70050', async () => {
    const wrong = userSig({ ...app, key: 'x'.repeat(64) }, 'lock_a');
    const guess = (identifier) => call({ identifier, usersig: wrong });
    const codes = [];
    for (let i = 0; i < FAILURES; i++) codes.push((await guess('lock_a')).ErrorCode);
    assert.deepEqual(codes, Array(FAILURES).fill(70009));
    refused(await guess('lock_a'), 70050);

    // Not even the right one passes now.
    refused(await call({ identifier: 'lock_a', usersig: userSig(app, 'lock_a') }), 70050);
    refused(await call({ identifier: 'lock_b', usersig: userSig(app, 'lock_b') }), 60010);
    refused(await call({}), 70402);

    const other = await server.app();
    const same = new Rest(server, other, 'lock_a');
    refused(await same.call(CHECK, {}), 60010);
  });

  test('from one address lock no other address out', async (t) => {
    const wrong = userSig({ ...app, key: 'x'.repeat(64) }, 'administrator');
    for (let i = 0; i <= FAILURES; i++) await call({ usersig: wrong });
    refused(await call({}), 70050);

    const path = `/v4/${CHECK}?sdkappid=${app.sdkappid}&identifier=administrator&usersig=${rest.sig}`;
    const reply = await new Promise((resolve, reject) => {
      const [host, port] = server.address.split(':');
      const sent = request({ host, port, path, method: 'POST', localAddress: '127.0.0.2' }, (got) => {
        let text = '';
        got.on('data', (data) => (text += data));
        got.on('end', () => resolve(JSON.parse(text)));
      });
      sent.on('error', reject);
      sent.end('{}');
    });
    refused(reply, 70402);
  });

  test('an expired signature is no guess and locks nobody', async () => {
    const fresh = await server.app();
    const usersig = userSigAt(fresh, 'administrator', NOW_S - 100, 50);
    for (let i = 0; i < 2 * FAILURES; i++)
      refused(await fresh.rest.call(CHECK, {}, { usersig }), 70001);
    refused(await fresh.rest.call(CHECK, {}), 70402);
  });
});

describe('a kicked administrator', () => {
  const kick = { Identifier: 'administrator' };

  test('is refused with every UserSig made before, 70052, and may call with a new one', async () => {
    const own = await server.app();
    const ahead = Math.floor(Date.now() / 1000) + 60;
    own.rest.sig = userSigAt(own, 'administrator', ahead - 120);
    await own.rest.ok('im_open_login_svc/kick', kick);
    const check = { CheckItem: [{ UserID: 'administrator' }] };
    refused(await own.rest.call(CHECK, check), 70052);
    refused(await own.rest.call('im_open_login_svc/kick', kick), 70052);

    own.rest.sig = userSigAt(own, 'administrator', ahead);
    await own.rest.ok(CHECK, check);
  });

  test('stays so over a restart, and its refused calls are not counted', async () => {
    const own = await server.app();
    const old = userSigAt(own, 'administrator', Math.floor(Date.now() / 1000) - 60);
    await own.rest.ok('im_open_login_svc/kick', kick, { usersig: old });
    await server.restart();
    for (let i = 0; i < 3; i++)
      refused(
        await own.rest.call(CHECK, { CheckItem: [{ UserID: 'x' }] }, { usersig: old }),
        70052,
      );
    const usage = await server.cli('usage', '--app', own.sdkappid);
    assert.equal(usage.totals.calls, 1);
  });

  test('leaves other administrators of the same name in other apps alone', async () => {
    const [one, two] = [await server.app(), await server.app()];
    await one.rest.ok('im_open_login_svc/kick', kick);
    await two.rest.ok(CHECK, { CheckItem: [{ UserID: 'administrator' }] });
  });
});
