// The same commands called by users over a WebSocket: what a stranger, a member, an admin and the
// owner may (server-api §5.1, §5.2), and that errors tell nobody who is in a group.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { defineField, groupApp } from './support/groups.mjs';
import { RawClient } from './support/raw_ws.mjs';
import { textBody } from './support/rest.mjs';
import { Server } from './support/server.mjs';

const SERVICE = 'group_open_http_svc';

let server, app, groups;

before(async () => {
  server = await Server.start();
  app = await groupApp(server);
  groups = app.groups;
  await defineField(server, app, 'group', 'admins', { read: 'admin', write: 'admin' });
  await defineField(server, app, 'member', 'own', { read: 'member', write: 'member' });
});

after(() => server?.remove());

async function login(t, user) {
  const client = await RawClient.open(server, app);
  t.after(() => client.close());
  await client.login(user);
  const name = (command) => (command.includes('.') ? command : `${SERVICE}.${command}`);
  return {
    user,
    client,
    call: (command, body) => client.call(name(command), body),
    code: async (command, body) => (await client.call(name(command), body)).ErrorCode,
  };
}

/** A group of owner, admin, member and some more members; a stranger. All four are logged in. */
async function scene(t, Type, more = {}) {
  const [owner, admin, member, stranger, ...others] = await groups.people(10);
  const room = Type === 'AVChatRoom';
  const GroupId = await groups.make(Type, {
    Owner_Account: owner,
    ...(room ? {} : { members: [{ Member_Account: admin, Role: 'Admin' }, member, ...others.slice(0, 3)] }),
    ...more,
  });
  if (!room) await groups.sent(GroupId);
  const found = { GroupId, others: others.slice(0, 3), outside: others.slice(3) };
  for (const [role, user] of Object.entries({ owner, admin, member, stranger }))
    found[role] = await login(t, user);
  return found;
}

/** What commands say of a target. */
const TARGETED = (GroupId, target) => ({
  delete_group_member: { GroupId, MemberToDel_Account: [target] },
  modify_group_member_info: { GroupId, Member_Account: target, NameCard: 'x' },
  'modify_group_member_info as admin': { GroupId, Member_Account: target, Role: 'Admin' },
  'modify_group_member_info muted': { GroupId, Member_Account: target, ShutUpTime: 60 },
  forbid_send_msg: { GroupId, Members_Account: [target], ShutUpTime: 60 },
  change_group_owner: { GroupId, NewOwner_Account: target },
  get_role_in_group: { GroupId, User_Account: [target] },
  get_specified_group_member_info: { GroupId, Member_List_Account: [target] },
  ban_group_member: { GroupId, Members_Account: [target], Duration: 60 },
  unban_group_member: { GroupId, Members_Account: [target] },
  handle_apply_join_group: { GroupId, Applicant_Account: target, HandleMsg: 'Agree', MsgKey: 1, Authentication: 'x' },
});

describe('a stranger', () => {
  for (const Type of ['Private', 'Public', 'ChatRoom', 'Community'])
    test(`learns of nobody whether he is in a ${Type} group`, async (t) => {
      const { GroupId, stranger, owner, admin, member, others, outside } = await scene(t, Type);
      const about = async (target) => {
        const answers = {};
        for (const [name, body] of Object.entries({
          ...TARGETED(GroupId, target),
          ...(Type === 'Private' ? { add_group_member: { GroupId, MemberList: [{ Member_Account: target }] } } : {}),
        }))
          answers[name] = JSON.stringify(await stranger.call(name.split(' ')[0], body));
        return answers;
      };
      const outsider = await about(outside[0]);
      for (const [name, answer] of Object.entries(outsider))
        assert.equal(JSON.parse(answer).ActionStatus, 'FAIL', `${name}: ${answer}`);
      for (const target of [others[0], member.user, admin.user, owner.user, 'ghost'])
        assert.deepEqual(await about(target), outsider, target);
      assert.equal((await groups.info(GroupId)).MemberNum, 6);
    });

  test('reads and changes nothing: 10007', async (t) => {
    for (const Type of ['Private', 'Public', 'ChatRoom']) {
      const { GroupId, stranger } = await scene(t, Type);
      for (const [command, body] of [
        ['send_group_msg', groups.message(GroupId)],
        ['group_msg_get', { GroupId, ReqMsgNumber: 20, ReqMsgSeq: 1 }],
        ['get_group_member_info', { GroupId, Limit: 100, Offset: 0 }],
        ['modify_group_base_info', { GroupId, Name: 'x' }],
        ['destroy_group', { GroupId }],
        ['group_msg_recall', { GroupId, MsgSeqList: [{ MsgSeq: 1 }] }],
        ['group_msg_recall', { GroupId, MsgSeqList: [{ MsgSeq: 99 }] }],
        ['get_group_msg_receipt', { GroupId, MsgSeqList: [{ MsgSeq: 1 }] }],
        ['group_msg_receipt', { GroupId, MsgSeqList: [{ MsgSeq: 1 }] }],
        ['get_group_msg_receipt_detail', { GroupId, MsgSeq: 1, Flag: 0, Cursor: '', Num: 10 }],
        ['msg_read_report', { GroupId, MsgReadedSeq: 1 }],
        ['delete_group_ramble_msg_by_seq', { GroupId, Seqs: ['1'] }],
        ['openim.modify_group_msg', { GroupId, MsgSeq: 1, MsgVersion: 0, MsgBody: textBody('x') }],
        ['set_group_attr', { GroupId, GroupAttr: [{ key: 'k', value: 'v' }] }],
        ['group_open_attr_http_svc.get_group_attr', { GroupId }],
        ['update_group_counter', { GroupId, GroupCounter: [{ Key: 'k', Value: 1 }], Mode: 'Set' }],
        ['get_group_counter', { GroupId }],
        ['quit_group', { GroupId }],
      ]) {
        const code = await stranger.code(command, body);
        assert.equal(code, 10007, `${Type} ${command} ${code}`);
      }
      assert.equal((await groups.info(GroupId)).Name, 'group');
    }
  });

  test('sees of a Private group nothing, of others the public part', async (t) => {
    for (const Type of ['Private', 'Public']) {
      const { GroupId, stranger } = await scene(t, Type);
      const hidden = JSON.stringify(await stranger.call('get_group_info', { GroupIdList: [GroupId] }));
      assert.ok(!hidden.includes('MemberList') && !hidden.includes('"Name":"group"'), hidden);
      const open = await stranger.call('get_group_public_info', { GroupIdList: [GroupId] });
      assert.equal(open.GroupInfo[0].ErrorCode === 0, Type === 'Public');
      assert.ok(!JSON.stringify(open).includes('MemberList'));
    }
  });

  test('cannot speak for another, nor ask for another\'s groups', async (t) => {
    const { GroupId, member, owner, stranger } = await scene(t, 'Public');
    const forged = { ...groups.message(GroupId), From_Account: owner.user };
    assert.equal(await stranger.code('send_group_msg', forged), 10007);
    const sent = await member.call('send_group_msg', forged);
    if (!sent.ErrorCode) assert.equal((await groups.history(GroupId))[0].From_Account, member.user);
    const list = await stranger.call('get_joined_group_list', { Member_Account: owner.user });
    assert.ok(!JSON.stringify(list).includes(GroupId));
  });

  test('is refused what only administrators of the app may: not known to users', async (t) => {
    const { GroupId, owner } = await scene(t, 'Public');
    for (const [command, body] of [
      ['import_group', { Type: 'Public', Name: 'x' }],
      ['import_group_msg', { GroupId, MsgList: [] }],
      ['import_group_member', { GroupId, MemberList: [] }],
      ['get_appid_group_list', {}],
      ['get_group_shutted_uin', { GroupId }],
      ['send_group_system_notification', { GroupId, Content: 'x' }],
      ['delete_group_msg_by_sender', { GroupId, Sender_Account: owner.user }],
      ['group_msg_get_simple', { GroupId, ReqMsgNumber: 1 }],
      ['set_unread_msg_num', { GroupId, Member_Account: owner.user, UnreadMsgNum: 0 }],
      ['send_broadcast_msg', { Random: 1, MsgBody: textBody('x') }],
    ])
      assert.ok([10003, 10007, 60009, 60010].includes(await owner.code(command, body)), command);
  });
});

describe('a member', () => {
  test('without a right gets one answer for all, whoever it is about', async (t) => {
    for (const Type of ['Public', 'ChatRoom']) {
      const { GroupId, member, owner, admin, others, outside } = await scene(t, Type);
      for (const name of ['delete_group_member', 'forbid_send_msg', 'change_group_owner', 'modify_group_member_info as admin', 'modify_group_member_info muted']) {
        const answers = new Set();
        for (const target of [outside[0], others[0], owner.user, admin.user, 'ghost'])
          answers.add(JSON.stringify(await member.call(name.split(' ')[0], TARGETED(GroupId, target)[name])));
        assert.equal(answers.size, 1, `${name}: ${[...answers]}`);
        assert.equal(JSON.parse([...answers][0]).ErrorCode, 10007, name);
      }
    }
  });

  test('changes a Private group, no other', async (t) => {
    for (const [Type, wanted] of [['Private', 0], ['Public', 10007], ['ChatRoom', 10007]]) {
      const { GroupId, member } = await scene(t, Type);
      assert.equal(await member.code('modify_group_base_info', { GroupId, Name: 'new' }), wanted, Type);
      assert.equal((await groups.info(GroupId)).Name, wanted ? 'group' : 'new');
    }
  });

  test('changes its own card, option and fields, not those of others', async (t) => {
    const { GroupId, member, others } = await scene(t, 'Public');
    const mine = (more) => member.code('modify_group_member_info', { GroupId, Member_Account: member.user, ...more });
    for (const more of [{ NameCard: 'me' }, { MsgFlag: 'Discard' }, { AppMemberDefinedData: [{ Key: 'own', Value: '1' }] }])
      assert.equal(await mine(more), 0, JSON.stringify(more));
    for (const more of [{ Role: 'Admin' }, { ShutUpTime: 0 }]) assert.equal(await mine(more), 10007);
    const other = { GroupId, Member_Account: others[0] };
    for (const more of [{ NameCard: 'x' }, { MsgFlag: 'Discard' }])
      assert.equal(await member.code('modify_group_member_info', { ...other, ...more }), 10007);
    const row = await groups.member(GroupId, member.user);
    assert.deepEqual([row.NameCard, row.MsgFlag, row.Role], ['me', 'Discard', 'Member']);
  });

  test('invites into a Private group only', async (t) => {
    for (const [Type, wanted] of [['Private', 0], ['Public', 10007], ['ChatRoom', 10007]]) {
      const { GroupId, member, outside } = await scene(t, Type);
      const reply = await member.call('add_group_member', { GroupId, MemberList: [{ Member_Account: outside[0] }] });
      assert.equal(reply.ErrorCode, wanted, Type);
      if (!wanted) assert.deepEqual(reply.MemberList, [{ Member_Account: outside[0], Result: 1 }]);
    }
  });

  test('reads the list of members, and the history as it may', async (t) => {
    for (const [Type, seen] of [['Public', false], ['ChatRoom', true]]) {
      const { GroupId, outside, member } = await scene(t, Type);
      const list = await member.call('get_group_member_info', { GroupId, Limit: 100, Offset: 0 });
      assert.equal(list.MemberNum, 6);
      const late = await login(t, outside[0]);
      await groups.ok('add_group_member', { GroupId, Silence: 1, MemberList: [{ Member_Account: outside[0] }] });
      const { RspMsgList } = await late.call('group_msg_get', { GroupId, ReqMsgNumber: 20, ReqMsgSeq: 99 });
      assert.equal(RspMsgList.some(({ MsgSeq }) => MsgSeq === 1), seen, Type);
    }
  });

  test('quits; the owner of a Private group may, of others not: 10009', async (t) => {
    for (const [Type, wanted] of [['Private', 0], ['Public', 10009], ['ChatRoom', 10009]]) {
      const { GroupId, member, admin, owner } = await scene(t, Type);
      assert.equal(await member.code('quit_group', { GroupId }), 0);
      assert.equal(await admin.code('quit_group', { GroupId }), 0);
      assert.equal(await owner.code('quit_group', { GroupId }), wanted, Type);
      assert.equal((await groups.info(GroupId)).Owner_Account, wanted ? owner.user : '');
      assert.equal(await member.code('send_group_msg', groups.message(GroupId)), 10007);
    }
  });
});

describe('joining', () => {
  test('by application: waits, is decided once, then 10024', async (t) => {
    const { GroupId, stranger, owner, admin } = await scene(t, 'Public');
    const apply = () => stranger.call('apply_join_group', { GroupId, ApplyMsg: 'let me "in"' });
    const reply = await apply();
    assert.equal(reply.JoinedStatus, 'WaitAdminApproval');
    const { PendencyList } = await owner.call('get_pendency', { StartTime: 0, Limit: 10 });
    const item = PendencyList.find((p) => p.GroupId === GroupId);
    assert.equal(item.From_Account, stranger.user);
    assert.equal(item.ApplyInviteMsg, 'let me "in"');
    const decide = (who) =>
      who.code('handle_apply_join_group', {
        ...{ GroupId, Applicant_Account: stranger.user, HandleMsg: 'Agree' },
        ...{ MsgKey: item.Time, Authentication: item.Authentication },
      });
    assert.equal(await decide(admin), 0);
    assert.equal(await decide(owner), 10024);
    assert.equal((await groups.member(GroupId, stranger.user)).Role, 'Member');
    assert.equal((await apply()).ErrorCode, 10013);
  });

  test('as the type says', async (t) => {
    for (const [Type, wanted] of [['ChatRoom', 'JoinedSuccess'], ['AVChatRoom', 'JoinedSuccess'], ['Private', 10007]]) {
      const { GroupId, stranger } = await scene(t, Type);
      const reply = await stranger.call('apply_join_group', { GroupId });
      assert.equal(reply.JoinedStatus ?? reply.ErrorCode, wanted, Type);
    }
    const full = await scene(t, 'ChatRoom', { MaxMemberCount: 6 });
    assert.equal(await full.stranger.code('apply_join_group', { GroupId: full.GroupId }), 10014);
    const closed = await scene(t, 'Public', { ApplyJoinOption: 'DisableApply' });
    assert.equal(await closed.stranger.code('apply_join_group', { GroupId: closed.GroupId }), 10007);
    assert.equal(await closed.stranger.code('apply_join_group', { GroupId: 'none' }), 10010);
  });
});

describe('admins and the owner', () => {
  test('an admin kicks and mutes members, not admins nor the owner', async (t) => {
    const { GroupId, admin, owner, member, others } = await scene(t, 'Public');
    await groups.ok('modify_group_member_info', { GroupId, Member_Account: others[0], Role: 'Admin' });
    const kick = (who, target) => who.code('delete_group_member', { GroupId, MemberToDel_Account: [target] });
    const mute = (who, target) => who.code('forbid_send_msg', { GroupId, Members_Account: [target], ShutUpTime: 60 });
    for (const target of [others[0], owner.user]) {
      assert.equal(await kick(admin, target), 10007);
      assert.equal(await mute(admin, target), 10007);
    }
    assert.equal(await mute(admin, member.user), 0);
    assert.equal(await member.code('send_group_msg', groups.message(GroupId)), 10017);
    assert.equal(await kick(admin, member.user), 0);
    assert.equal(await mute(owner, others[0]), 0);
    assert.equal(await kick(owner, others[0]), 0);
    assert.equal((await groups.info(GroupId)).MemberNum, 4);
  });

  test('only the owner makes admins, hands over and dissolves', async (t) => {
    const { GroupId, admin, owner, member } = await scene(t, 'ChatRoom');
    const promote = { GroupId, Member_Account: member.user, Role: 'Admin' };
    assert.equal(await admin.code('modify_group_member_info', promote), 10007);
    assert.equal(await admin.code('change_group_owner', { GroupId, NewOwner_Account: member.user }), 10007);
    assert.equal(await admin.code('destroy_group', { GroupId }), 10007);
    assert.equal(await owner.code('modify_group_member_info', promote), 0);
    assert.equal(await owner.code('change_group_owner', { GroupId, NewOwner_Account: member.user }), 0);
    assert.equal(await owner.code('destroy_group', { GroupId }), 10007);
    assert.equal(await member.code('destroy_group', { GroupId }), 0);
    const priv = await scene(t, 'Private');
    assert.equal(await priv.owner.code('destroy_group', { GroupId: priv.GroupId }), 10007);
  });

  test('a muted group hears them only', async (t) => {
    const { GroupId, admin, owner, member } = await scene(t, 'Public');
    assert.equal(await admin.code('modify_group_base_info', { GroupId, ShutUpAllMember: 'On' }), 0);
    assert.equal(await member.code('send_group_msg', groups.message(GroupId)), 10017);
    assert.equal(await admin.code('send_group_msg', groups.message(GroupId)), 0);
    assert.equal(await owner.code('send_group_msg', groups.message(GroupId)), 0);
  });

  test('custom fields show and change as they are defined', async (t) => {
    const { GroupId, admin, member } = await scene(t, 'Public');
    const body = (Value) => ({ GroupId, AppDefinedData: [{ Key: 'admins', Value }] });
    assert.equal(await admin.code('modify_group_base_info', body('\u0000secret')), 0);
    assert.ok([10004, 10007].includes(await member.code('modify_group_base_info', body('x'))));
    const see = async (who) =>
      (await who.call('get_group_info', { GroupIdList: [GroupId] })).GroupInfo[0].AppDefinedData;
    assert.deepEqual(await see(admin), [{ Key: 'admins', Value: '\u0000secret' }]);
    assert.ok(!JSON.stringify(await see(member)).includes('secret'));
  });

  test('recall: members their own, owner and admins any', async (t) => {
    const { GroupId, admin, member, owner } = await scene(t, 'Public');
    const say = async (who) => (await who.call('send_group_msg', groups.message(GroupId))).MsgSeq;
    const recall = async (who, MsgSeq) => {
      const reply = await who.call('group_msg_recall', { GroupId, MsgSeqList: [{ MsgSeq }] });
      return reply.ErrorCode || reply.RecallRetList[0].RetCode;
    };
    assert.equal(await recall(member, await say(member)), 0);
    assert.equal(await recall(member, await say(admin)), 10007);
    assert.equal(await recall(admin, await say(member)), 0);
    assert.equal(await recall(owner, await say(admin)), 0);
  });
});

describe('live rooms', () => {
  test('who is not in one reads and writes nothing there', async (t) => {
    const { GroupId, stranger, member, owner, outside } = await scene(t, 'AVChatRoom');
    await member.call('apply_join_group', { GroupId });
    for (const [command, body] of [
      ['send_group_msg', groups.message(GroupId)],
      ['modify_group_base_info', { GroupId, Name: 'x' }],
      ['destroy_group', { GroupId }],
      ['set_group_attr', { GroupId, GroupAttr: [{ key: 'k', value: 'v' }] }],
    ])
      assert.equal(await stranger.code(command, body), 10007, command);
    for (const [name, body] of Object.entries(TARGETED(GroupId, member.user))) {
      const inside = JSON.stringify(await stranger.call(name.split(' ')[0], body));
      const outsider = TARGETED(GroupId, outside[0])[name];
      assert.equal(JSON.stringify(await stranger.call(name.split(' ')[0], outsider)), inside, name);
      assert.equal(JSON.parse(inside).ActionStatus, 'FAIL', name);
    }
    assert.equal(await member.code('send_group_msg', groups.message(GroupId)), 0);
    assert.equal(await owner.code('modify_group_base_info', { GroupId, Name: 'new' }), 0);
    assert.equal(await owner.code('quit_group', { GroupId }), 10009);
    assert.equal(await owner.code('destroy_group', { GroupId }), 0);
  });

  test('broadcast rooms: only administrators of the app speak', async (t) => {
    const [a] = await groups.people();
    const GroupId = await groups.make('BChatRoom');
    const user = await login(t, a);
    await user.call('apply_join_group', { GroupId });
    assert.equal(await user.code('send_group_msg', groups.message(GroupId)), 10007);
    assert.equal(await user.code('create_group', { Type: 'BChatRoom', Name: 'x' }), 10007);
    assert.equal((await groups.sent(GroupId)).MsgSeq, 1);
    await groups.ok('destroy_group', { GroupId });
  });
});
