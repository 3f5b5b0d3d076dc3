/*
 * The files of the command table: each defines its rows and this array of pointers to them, which
 * ends with NULL. command/table.c joins them.
 */
#ifndef COMMAND_SERVICES_H
#define COMMAND_SERVICES_H

#include "command/command.h"

extern const struct command *const commands_login_svc[];     /* im_open_login_svc.c */
extern const struct command *const commands_open_status[];   /* im_open_status.c: wslogin, ... */
extern const struct command *const commands_online_status[]; /* online_status.c: querystate, ... */
extern const struct command *const commands_profile[];       /* profile.c */
extern const struct command *const commands_send[];          /* openim_send.c: sendmsg, batch */
extern const struct command *const commands_openim_import[]; /* openim_import.c: importmsg */
extern const struct command *const commands_history[];       /* openim_history.c */
extern const struct command *const commands_read[];          /* openim_read.c: unread, read */
extern const struct command *const commands_sync[];          /* openim_sync.c: getmsg, push ack */
extern const struct command *const commands_recentcontact[]; /* recentcontact.c */
extern const struct command *const commands_config[];        /* openconfigsvr.c: getappinfo */
extern const struct command *const commands_group_base[];    /* group_base.c: create, modify */
extern const struct command *const commands_group_info[];    /* group_info.c */
extern const struct command *const commands_group_member[];  /* group_member.c */
extern const struct command *const commands_group_member_list[]; /* group_member_list.c */
extern const struct command *const commands_group_message[];     /* group_message.c: send, notify */
extern const struct command *const commands_group_history[];     /* group_history.c */
extern const struct command *const commands_group_edit[];     /* group_edit.c: recall, receipts */
extern const struct command *const commands_group_list[];     /* group_list.c: joined, read */
extern const struct command *const commands_group_join[];     /* group_join.c: apply, invite */
extern const struct command *const commands_group_room[];     /* group_room.c: live rooms */
extern const struct command *const commands_group_value[];    /* group_value.c: attributes */
extern const struct command *const commands_group_import[];   /* group_import.c */
extern const struct command *const commands_admin_limit[];    /* admin_limit.c */
extern const struct command *const commands_admin_bill[];     /* admin_bill.c: and closing */
extern const struct command *const commands_admin_ledger[];   /* admin_ledger.c: usage_export */
extern const struct command *const commands_admin_contract[]; /* admin_contract.c */
extern const struct command *const commands_admin_ticket[];   /* admin_ticket.c: and policies */
extern const struct command *const commands_admin_warning[];  /* admin_warning.c */
extern const struct command *const commands_admin_app[];      /* admin_app.c: apps, usage */
extern const struct command *const commands_admin_customer[]; /* admin_customer.c */
extern const struct command *const commands_admin_group_field[]; /* admin_group_field.c */
extern const struct command *const commands_startup[]; /* startup.c: placeholders, heartbeat */

#endif
