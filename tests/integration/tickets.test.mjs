// Tickets from asking to the bill, through the command line, while the limit is being hit.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Server } from './support/server.mjs';

const WAIT = { timeout: 120000 };
const CLIENTS = 64;
const REFUSED = 10006;

let server, app;

before(async () => {
  server = await Server.start();
  app = await server.app();
});

after(() => server?.remove());

const ask = (...options) => server.cli(...options, '--app', app.sdkappid);
const month = () => new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 7);

describe('tickets', WAIT, () => {
  test('a limit that is raised while 64 clients hit it is hit again at its new value', async () => {
    await ask('limit', 'set', '--limit', 'call_rate', '--value', 10000, '--reason', 'test');
    let made = 0;
    let refused = 0;
    let wanted = 500;
    const client = async (number) => {
      for (let i = 0; made < wanted || refused < CLIENTS; i++) {
        const { ErrorCode } = await app.rest.call('group_open_http_svc/create_group', {
          ...{ Type: 'Public', Name: 'g', GroupId: `g${wanted}-${number}-${i}` },
        });
        if (ErrorCode === 0) made++;
        else assert.equal(ErrorCode, REFUSED);
        if (ErrorCode) refused++;
      }
    };
    const all = () => Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
    const { ticket } = await ask('ticket', 'open', '--limit', 'groups_per_day', '--value', 750,
      '--text', 'we make more');
    await all();
    assert.equal(made, 500);
    refused = 0;
    wanted = 1000;
    const raised = all();
    const decided = await ask('ticket', 'confirm', '--ticket', ticket, '--reason', 'agreed');
    assert.deepEqual([decided.state, decided.before, decided.granted], ['confirmed', 500, 1000]);
    await raised;
    assert.equal(made, 1000);
    await assert.rejects(
      ask('ticket', 'confirm', '--ticket', ticket, '--reason', 'again'),
      /ticket 1 is confirmed already/,
    );
    const bill = await ask('bill', '--month', month());
    assert.equal(bill.lines.find(({ item }) => item === 'groups_per_day').amount_fen, 200000);
    const evidence = bill.evidence.find(({ item }) => item === 'groups_per_day');
    assert.deepEqual([evidence.limit, evidence.source, evidence.document], [1000, 'ticket', ticket]);
  });
});
