/** Runs the tools that a model calls. */
import pLimit from 'p-limit'
import type { ToolCall, ToolResult } from '../models/model.ts'
import type { Tool } from './tool.ts'

/**
 * Runs the calls of one answer, at most `most` at once, each only beside calls that its mode
 * allows. Results are in the order of the calls. `runOne` runs a tool for a call.
 */
export async function runToolCalls<Context>(
  calls: readonly ToolCall[],
  tools: ReadonlyMap<string, Tool<Context>>,
  runOne: (tool: Tool<Context>, call: ToolCall) => Promise<ToolResult>,
  most: number,
): Promise<ToolResult[]> {
  const limit = pLimit(most)
  const results = new Map<ToolCall, Promise<ToolResult>>()
  let before: Promise<unknown> = Promise.resolve()
  let serial: Promise<unknown> | undefined
  let together: Promise<unknown>[] = []
  for (const call of calls) {
    const own = tools.get(call.name)
    const run = () => limit(() => (own === undefined ? unknown(call) : runOne(own, call)))
    const mode = own?.mode ?? 'parallel'
    const others = mode === 'exclusive' ? together : mode === 'serial' ? [serial] : []
    const start = Promise.all([before, ...others])
    const result = start.then(run)
    results.set(call, result)
    result.catch(() => {}) // the first failure is reported below
    if (mode === 'exclusive') {
      before = result
      serial = result
      together = []
    } else together.push(result)
    if (mode === 'serial') serial = result
  }
  return Promise.all(calls.map((call) => results.get(call) as Promise<ToolResult>))
}

function unknown({ id, name }: ToolCall): ToolResult {
  return { callId: id, name, content: `Error: there is no tool '${name}'`, isError: true }
}
