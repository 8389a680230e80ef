/** The frameworks that are beside heddle, each in the ways that its documentation shows. */
import type { Framework, Rival, Talk } from './framework.ts'

export const FRAMEWORKS_FOLDER = new URL('../frameworks/', import.meta.url)

export const FRAMEWORK_FILES = {
  langGraph: 'lang-graph.ts',
  langGraphFunctional: 'lang-graph-functional.ts',
  openaiAgents: 'openai-agents.ts',
  aiSdk: 'ai-sdk.ts',
} as const

export type FrameworkName = keyof typeof FRAMEWORK_FILES

export const FRAMEWORK_NAMES = Object.keys(FRAMEWORK_FILES) as readonly FrameworkName[]

/** Its packages have to be installed. */
export async function startRival(name: FrameworkName, talk: Talk): Promise<Rival> {
  const file = new URL(FRAMEWORK_FILES[name], FRAMEWORKS_FOLDER)
  const framework = (await import(file.href)) as Framework
  return framework.startRival(talk)
}
