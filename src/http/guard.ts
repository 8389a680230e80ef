/**
 * Who may ask for what.
 *
 * Invariant: nothing is answered before the guard has let the request in; what `authorize` does not
 * return as true, and what it throws, is a refusal.
 */
import { BlockList, isIP } from 'node:net'
import { refusal } from './problem.ts'

/** What a request wants. */
export interface Access {
  /**
   * `publish`, `send`, `tool`: of a topic, an agent, a tool. `converse`: to run a conversation, and
   * to pause, resume and stop it. `watch`: to read what a task or a conversation does, or has said.
   * `cancel`: of a task. `health`. `operate`: figures and dead letters. `other`: a path that leads
   * nowhere.
   */
  readonly action:
    | 'publish'
    | 'send'
    | 'tool'
    | 'converse'
    | 'watch'
    | 'cancel'
    | 'health'
    | 'operate'
    | 'other'
  /** Of what, as in `entry/customer-42`; for a conversation, `team/key`. */
  readonly target: string
}

/** Lets a request in by `true`, or by a response, which is then the answer. */
export type Authorize = (
  request: Request,
  access: Access,
) => boolean | Response | Promise<boolean | Response>

/** What an adapter knows of the other side. */
export interface Peer {
  /** The IP address of the socket's other side, as `socket.remoteAddress`. */
  readonly address?: string | undefined
}

/** Undefined: the request may go on. Rejects with HEDDLE_HTTP_REFUSED, and as `authorize` does. */
export async function guard(
  authorize: Authorize | undefined,
  request: Request,
  peer: Peer | undefined,
  access: Access,
): Promise<Response | undefined> {
  if (authorize === undefined) return void assertLocal(request, peer)
  const answer: unknown = await authorize(request, access)
  if (answer === true) return undefined
  if (isResponse(answer)) return answer
  throw refusal(403, 'it is not allowed')
}

/** By its members: a response of another realm, or of a package, is as good. */
function isResponse(value: unknown): value is Response {
  const { status, headers } = Object(value) as Partial<Response>
  return typeof status === 'number' && typeof headers === 'object'
}

/** Without `authorize`, only this machine is let in, and no page of another host on it. */
function assertLocal(request: Request, peer: Peer | undefined): void {
  const mend = 'give httpHandler the option authorize'
  const address = peer?.address
  if (address === undefined) {
    throw refusal(403, `the adapter has not passed the peer's address; pass it, or ${mend}`)
  }
  if (!isLoopback(address)) throw refusal(403, `only this machine is let in; ${mend}`)
  const host = request.headers.get('host') ?? new URL(request.url).host
  if (!isLocalHost(`http://${host}`)) throw refusal(403, `the host is not this machine; ${mend}`)
  const origin = request.headers.get('origin')
  if (origin !== null && !isLocalHost(origin)) {
    throw refusal(403, `a page of another host asks for it; ${mend}`)
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether the address is this machine's own; also IPv4 as IPv6. */
export function isLoopback(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && loopback.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** By its name: no name is looked up, since an attacker's could lead here. */
function isLocalHost(url: string): boolean {
  const name = URL.parse(url)?.hostname ?? ''
  return name === 'localhost' || isLoopback(name.replace(/^\[|\]$/g, ''))
}
