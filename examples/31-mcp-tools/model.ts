/** The model of the environment, or a scripted one where the environment names none. */
import type { ModelClient } from 'heddle/agentchat'
import { openaiModel } from 'heddle/openai'
import { type Script, scriptedModel } from 'heddle/testing'

const { MODEL } = process.env

/** `OPENAI_BASE_URL` and `OPENAI_API_KEY` say where, and with which key: openaiModel reads them. */
export function modelOr(script: Script): ModelClient {
  return MODEL ? openaiModel({ model: MODEL, sourceNames: 'prefix' }) : scriptedModel(script)
}
