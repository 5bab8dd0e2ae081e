/* control.h - the sealed conversation with bmd. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_JOB_CONTROL_H
#define KERNEL_JOB_CONTROL_H

#include "net/jobmsg.h"
#include "net/msg.h"
#include "net/node/dhcp.h"
#include "net/node/port_nic.h"

/*
 * Opens the agent's endpoint on the control interface and registers with the
 * head node. All calls come under the agent's lock.
 */
int control_open(struct netif *n, u32 head_ip4);

/* Frames, deliveries, heartbeats, registration anew when bmd is silent. */
int control_poll(void);
u64 control_deadline(void);

/* Sends one message; see agent_send. */
int control_send(u32 type, const void *data, u32 len, struct msg_req *req);

bool control_is_drained(void);
u32 control_node_id(void);
/* What the next life needs of the conversation goes into the handoff block. */
void control_hand_on(void);

/* The NICs' leases for REGISTER: agent.c. */
u32 agent_netifs(struct netif **list, u32 max);
/* That of the address, else the control NIC. */
struct netif *agent_netif_of(u32 ip4);
/* All cards with a link have leases, or it is too late to wait for them: what
 * REGISTER says is what bmd chooses a job's network by. */
bool agent_is_settled(u64 now);

/* job.c: what bmd asks of the job. The message was opened; data may be kept
 * until the call returns, LOAD's for good. */
void job_load(u8 *data, u64 len);
void job_start(u32 id);
void job_cancel(u32 id, u32 reason);
void job_node_dead(u32 node);
/* The job's own moment: output, files, exits, its ranks' endpoints. */
int job_poll(void);
u64 job_deadline(void);
u32 job_wire_state(void);      /* enum jobmsg_state */
u32 job_ranks_running(void);

#endif
