/** One call of a tool of a module: its arguments, its locks, and the way to where it runs. */
import { randomUUID } from 'node:crypto'
import { types } from 'node:util'
import { callOut } from '../agents/call-out.ts'
import { describe, HeddleError } from '../errors.ts'
import { checkWith } from '../messages/json-schema.ts'
import { sealPayload } from '../messages/payload.ts'
import { assertNotHeld, holding } from './held-locks.ts'
import { holdOnMain } from './main-tools.ts'
import { askOf, type PlaceOptions, type PoolCall } from './pool-call.ts'
import { shownWhile } from './progress.ts'
import type { ToolDefinition } from './tool-definition.ts'
import type { KeyLock } from './tool-locks.ts'
import { parametersText, type ToolContext } from './tool-options.ts'
import { refuseTool } from './tool-refusal.ts'

/** Who calls, and for what. */
export type CallInfo = Pick<PoolCall, 'callId' | 'agent' | 'idempotencyKey' | 'forModel'>

/** Of a call that no model makes. */
export function plainInfo(callId: string = randomUUID()): CallInfo {
  return { callId, agent: '', idempotencyKey: callId, forModel: false }
}

/** The arguments, checked. Throws HEDDLE_TOOL_ARGUMENTS and HEDDLE_ASYNC_SCHEMA. */
export function checkArguments({ parameters, name }: ToolDefinition, args: unknown): unknown {
  const checked = checkWith(parameters, args, parametersText(name))
  if (checked.kind === 'valid') return checked.value
  throw new HeddleError('HEDDLE_TOOL_ARGUMENTS', { tool: name, problem: checked.problem })
}

/** A call for a pool, of checked arguments. Throws HEDDLE_PAYLOAD_NOT_CLONEABLE. */
export function poolCallOf(definition: ToolDefinition, args: unknown, info: CallInfo): PoolCall {
  const { module, name, memoryMb, timeoutMs, atMost } = definition
  const { value, bytes } = sealPayload(args, `the arguments of tool ${name}`)
  const lock = lockOf(definition, args)
  const call = { module, name, args: value, bytes, ...info, memoryMb, timeoutMs, lock, atMost }
  assertNotHeld(askOf(call))
  return call
}

/** Runs a tool beside its caller, once it has its locks; they are held until it has ended. */
export async function runBeside(
  definition: ToolDefinition,
  args: unknown,
  context: ToolContext,
): Promise<unknown> {
  const { name, atMost, run, module } = definition
  const { signal, callId, agent, idempotencyKey } = context
  const lock = lockOf(definition, args)
  if (lock === undefined && atMost === undefined) {
    return callOut(signal, () => run(args as never, context))
  }
  const ask = { tool: `${module} ${name}`, name, lock, atMost, callId, agent, idempotencyKey }
  assertNotHeld(ask)
  const release = await holdOnMain(ask, name, signal)
  let hasBegun = false
  try {
    return await callOut(signal, async () => {
      hasBegun = true
      try {
        return await holding(ask, async () => run(args as never, context))
      } finally {
        release() // not before: the tool may go on when its caller has given up
      }
    })
  } finally {
    if (!hasBegun) release()
  }
}

/** The context of a call that no agent makes. */
export function contextFor(
  { name }: ToolDefinition,
  info: CallInfo,
  { signal, onProgress }: PlaceOptions,
): { readonly context: ToolContext; readonly end: () => void } {
  const { callId, agent, idempotencyKey } = info
  const { show: progress, end } = shownWhile(signal, name, onProgress)
  return { context: { callId, agent, idempotencyKey, signal, progress }, end }
}

/** Throws what the tool's `key` throws, and HEDDLE_INVALID_TOOL where it gives no string. */
function lockOf({ key, mode, name }: ToolDefinition, args: unknown): KeyLock | undefined {
  if (key === undefined) return undefined
  const own: unknown = key(args as never)
  if (typeof own === 'string') return { key: own, mode }
  if (types.isPromise(own)) own.catch(() => {}) // it is refused in any case
  throw refuseTool(`its key gave ${describe(own)}, and must give a string, at once`, name)
}
