/**
 * The connections to servers, which the process has once.
 *
 * Owns: that no server outlives the process, and that none keeps it alive.
 */
import { outsideTurns } from '../agents/turn-context.ts'
import { systemClock } from '../clock.ts'
import type { MainPart } from '../tools/main-part.ts'
import type { McpData } from './mcp-ask.ts'
import { ServerLink } from './server-link.ts'

const links = new Map<string, ServerLink>()

export const mcpPart: MainPart = {
  run: (data, host) => {
    const { server, ask } = data as McpData
    const { promise: letGo, resolve } = Promise.withResolvers<unknown>()
    const result = outsideTurns(() => linkTo(server).ask(ask, host, resolve))
    return { result, letGo }
  },
  rest: () => {
    for (const link of links.values()) link.rest()
  },
}

function linkTo(server: McpData['server']): ServerLink {
  if (links.size === 0) watchExit()
  const key = JSON.stringify(server)
  const link = links.get(key) ?? new ServerLink(server, systemClock)
  links.set(key, link)
  return link
}

function watchExit(): void {
  // nothing is under way any more: servers may end by themselves
  process.on('beforeExit', () => {
    for (const link of links.values()) if (link.isOpen) void link.close()
  })
  process.on('exit', () => {
    for (const link of links.values()) link.kill()
  })
}
