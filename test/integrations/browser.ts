/** A browser for the tests of pages: Chromium, without a window. */
import { existsSync } from 'node:fs'
import { type Browser, launch } from 'puppeteer-core'

const { CHROMIUM = '/usr/bin/chromium' } = process.env

export async function openBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    const mend = 'install it, on Debian with apt-get install chromium, or name yours in CHROMIUM'
    throw new Error(`there is no Chromium at ${CHROMIUM}: ${mend}`)
  }
  const isRoot = process.getuid?.() === 0
  return launch({ executablePath: CHROMIUM, args: isRoot ? ['--no-sandbox'] : [] })
}
