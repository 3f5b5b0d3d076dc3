// The group commands of the REST interface, and groups made for one test.
import { textBody } from './rest.mjs';

const SERVICE = 'group_open_http_svc';

export const now = () => Math.floor(Date.now() / 1000);

/** An app whose limits do not stand in the way of tests. */
export async function groupApp(server, limits = {}) {
  const app = await server.app('groups');
  for (const [name, value] of Object.entries({ call_rate: 10000, groups_per_day: 100000, ...limits }))
    await setLimit(server, app, name, value);
  return { ...app, groups: new Groups(app.rest) };
}

export const setLimit = (server, app, name, value) =>
  server.cli(
    ...['limit', 'set', '--app', app.sdkappid, '--limit', name, '--value', value],
    ...['--reason', 'tests'],
  );

export const defineField = (server, app, level, key, { read = 'anyone', write = 'member' } = {}) =>
  server.cli(
    ...['group-field', 'set', '--app', app.sdkappid, '--level', level, '--key', key],
    ...['--read', read, '--write', write],
  );

export class Groups {
  #random = 1;
  #names = 1;

  constructor(rest) {
    this.rest = rest;
  }

  call(command, body) {
    return this.rest.call(command.includes('/') ? command : `${SERVICE}/${command}`, body);
  }

  ok(command, body) {
    return this.rest.ok(command.includes('/') ? command : `${SERVICE}/${command}`, body);
  }

  async code(command, body) {
    return (await this.call(command, body)).ErrorCode;
  }

  /** Fresh accounts of one test. */
  async people(count = 1) {
    const names = Array.from({ length: count }, () => `u${this.#names++}`);
    for (let i = 0; i < count; i += 100)
      await this.rest.importAccounts(...names.slice(i, i + 100));
    return names;
  }

  /** A new group's id. members: names, or items of MemberList. */
  async make(Type, { members = [], ...more } = {}) {
    const MemberList = members.map((m) => (typeof m === 'string' ? { Member_Account: m } : m));
    const reply = await this.ok('create_group', {
      Type,
      Name: 'group',
      ...(members.length ? { MemberList } : {}),
      ...more,
    });
    return reply.GroupId;
  }

  async info(GroupId, ResponseFilter) {
    const body = { GroupIdList: [GroupId], ...(ResponseFilter ? { ResponseFilter } : {}) };
    return (await this.ok('get_group_info', body)).GroupInfo[0];
  }

  async members(GroupId) {
    return (await this.ok('get_group_member_info', { GroupId })).MemberList;
  }

  async member(GroupId, name) {
    return (await this.members(GroupId)).find(({ Member_Account }) => Member_Account === name);
  }

  message(GroupId, more = {}) {
    return { GroupId, Random: this.#random++, MsgBody: textBody('hi'), ...more };
  }

  send(GroupId, more) {
    return this.call('send_group_msg', this.message(GroupId, more));
  }

  sent(GroupId, more) {
    return this.ok('send_group_msg', this.message(GroupId, more));
  }

  /** The newest messages, newest first. */
  async history(GroupId, more = {}) {
    const body = { GroupId, ReqMsgNumber: 20, ...more };
    return (await this.ok('group_msg_get_simple', body)).RspMsgList;
  }

  async unread(GroupId, name) {
    const { GroupIdList } = await this.ok('get_joined_group_list', {
      Member_Account: name,
      WithHugeGroups: 1,
      WithNoActiveGroups: 1,
      ResponseFilter: { SelfInfoFilter: ['UnreadMsgNum'] },
    });
    return GroupIdList.find((item) => item.GroupId === GroupId)?.SelfInfo.UnreadMsgNum;
  }
}
