import type { Model, ModelId } from '../../sync/model.ts';

/** So many are kept: those that were looked at last. */
const MOST = 200;

/** Models that no source lists, as the Hub told them when somebody looked at one. */
export class LiveModels {
  readonly #models = new Map<ModelId, Model>();

  get(id: ModelId): Model | undefined {
    return this.#models.get(id);
  }

  add(model: Model): void {
    this.#models.delete(model.id);
    this.#models.set(model.id, model);
    const [oldest] = this.#models.keys();
    if (this.#models.size > MOST && oldest !== undefined) this.#models.delete(oldest);
  }
}
