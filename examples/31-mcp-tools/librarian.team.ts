/** A librarian who finds things in a folder, by the tools of an MCP server for files. */
import { fileURLToPath } from 'node:url'
import { assistantAgent, defineTeam, roundRobin, textMessage } from 'heddle/agentchat'
import { mcpServer } from 'heddle/mcp'
import { modelOr } from './model.ts'
import { librarianSays } from './script.ts'

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const SERVER = 'server/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js'

/** Nothing is started here: the process starts it once, when the first turn needs it. */
export const library = mcpServer(
  {
    name: 'library',
    command: process.execPath,
    args: [pathOf(SERVER), pathOf('library')], // it sees this folder alone
  },
  { prefix: 'library', tools: ['list_directory', 'read_text_file'] },
)

const librarian = assistantAgent({
  name: 'librarian',
  description: 'Knows what is in the library.',
  system: `You answer from the files in ${pathOf('library')}. List them, and read what you need.`,
  model: modelOr(librarianSays),
  tools: [library],
  maxToolIterations: 5,
})

export const desk = defineTeam(import.meta.url, {
  name: 'desk',
  participants: [librarian],
  flow: roundRobin(),
  stopWhen: textMessage({ source: 'librarian' }),
  budget: { turns: 3 },
})
