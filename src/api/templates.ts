/** Storing templates. */
import type { Hono } from 'hono';
import { storeTemplate } from '../runtime/templates.ts';
import type { Api } from './app.ts';
import { readText } from './body.ts';
import { issuesOf, Problem } from './problem.ts';

export function templateRoutes(app: Hono, { runtime }: Api): void {
  app.post('/templates', async (context) => {
    const { template, issues } = await storeTemplate(
      runtime.blobs,
      await readText(context.req.raw),
    );
    if (!template) {
      const detail = 'The template has errors; nothing was stored.';
      throw new Problem(422, 'invalid-template', detail, issuesOf(issues));
    }
    const { namespace, id } = template;
    return context.json({ namespace, id, warnings: issuesOf(issues) }, 201);
  });
}
