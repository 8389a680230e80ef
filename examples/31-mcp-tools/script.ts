/** What the librarian says when there is no model: it lists the files, and reads the right one. */
import { join } from 'node:path'
import type { ModelRequest } from 'heddle/agentchat'
import type { ScriptedAnswer } from 'heddle/testing'

const FOLDER = join(import.meta.dirname, 'library')

export function librarianSays({ messages }: ModelRequest): ScriptedAnswer {
  const questions = messages.filter((one) => one.role === 'user')
  const about = /looms|spindles/.exec(String(questions.at(-1)?.content))?.[0] ?? 'looms'
  const last = messages.at(-1)
  if (last?.role !== 'tool') return call('library_list_directory', FOLDER)
  const content = String(last.results[0]?.content)
  if (!content.startsWith('[FILE]')) return `On ${about}, there is this: ${content.trim()}`
  return call('library_read_text_file', join(FOLDER, `${about}.txt`))
}

function call(name: string, path: string): ScriptedAnswer {
  return { toolCalls: [{ name, arguments: { path } }] }
}
