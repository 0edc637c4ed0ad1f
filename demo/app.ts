// The demo page: keeps the visitor's choices, and a map that belongs to them. Uses nothing but the public API.

import { storyOf, titleOf } from './page/catalogue.js';
import { type Choices, fromHash, methodOptions, toHash } from './page/choices.js';
import { byId } from './page/dom.js';
import { Downloads } from './page/downloads.js';
import { acceptFiles, decodePicture } from './page/files.js';
import { cancelled, Latest, superseded } from './page/latest.js';
import { MethodPanel } from './page/method-panel.js';
import { type ModelFile, ModelPanel, type ModelSettings, shapeForm } from './page/model-panel.js';
import { named, PredictionPanel } from './page/predictions.js';
import { ProblemPanel } from './page/problem.js';
import { buildText, showReceipt, showStory } from './page/receipt.js';
import { RunBar } from './page/run-bar.js';
import { nameOf, type Sample, SampleStrip } from './page/samples.js';
import { SmoothingPanel } from './page/smoothing.js';
import { Stage } from './page/stage.js';
import { fileSize } from './page/text.js';
import { ViewPanel } from './page/view-panel.js';
import * as saliency from './saliency-wasm/index.js';
import { loadModel, type Mask, type Model, type PartialMask, type Prediction } from './saliency-wasm/index.js';

interface Shown {
  readonly bitmap: ImageBitmap;
  readonly name: string;
}

interface Used {
  readonly model: Model;
  readonly source: string | File;
  readonly settings: ModelSettings;
}

type Method = new (model: Model) => saliency.SaliencyMethod<saliency.NoOptions>;
const methods: Readonly<Record<saliency.MethodName, Method>> = saliency;
const demoModel = 'model/demo.onnx';
// Sliders give many values in a row.
const settleMilliseconds = 180;

let choices: Choices = fromHash(location.hash);
let used: Used | undefined;
let shown: Shown | undefined;
let own: Shown | undefined;
let predictions: readonly Prediction[] = [];
let mask: Mask | undefined;
let settling: ReturnType<typeof setTimeout> | undefined;

const pictures = new Latest();
const models = new Latest();
const explanations = new Latest();
const stage = new Stage();
const problem = new ProblemPanel();
const runBar = new RunBar(() => {
  // Without any model there would be nothing to go on with.
  if (used !== undefined) models.stop(cancelled);
  explanations.stop(cancelled);
});
const predictionPanel = new PredictionPanel((choice) => change(choice));
const methodPanel = new MethodPanel(
  (method) => change({ method, options: {}, ...(storyOf(method).costly ? { smoothed: false } : {}) }),
  (options) => change({ options }),
);
const smoothingPanel = new SmoothingPanel((some, isSliding) => change(some, isSliding ? settleMilliseconds : 0));
const viewPanel = new ViewPanel((some) => {
  choose(some);
  redraw();
});
const downloads = new Downloads(stage);
const modelPanel = new ModelPanel({
  onSettings: (settings) => void useModel(used?.source ?? demoModel, settings),
  onBack: () => void useModel(demoModel, {}),
  onProblem: (error, what) => problem.show(error, what),
});

// What nothing else catches is said, too.
addEventListener('unhandledrejection', ({ reason }) => problem.show(reason, 'this page'));
addEventListener('error', ({ error, message }) => problem.show(error ?? message, 'this page'));
acceptFiles({
  onPicture: (file) => void usePicture(file, file.name),
  onModel: (file) => void useModel(file, {}),
  onProblem: (error, what) => problem.show(error, what),
});
const strip = await SampleStrip.load((sample) => {
  if (sample !== undefined) void useSample(sample);
  else if (own !== undefined) useOwn(own);
});
addEventListener('hashchange', () => {
  const before = choices;
  choices = fromHash(location.hash);
  showChoices();
  const sample = strip.find(choices.sample);
  if (sample !== undefined && choices.sample !== before.sample) void useSample(sample, true);
  else void explain();
});

showChoices();
await Promise.all([useModel(demoModel, {}), useSample(strip.find(choices.sample) ?? strip.samples[0], true)]);

/** Takes over some choices, and shows and keeps them. */
function choose(some: Partial<Choices>): void {
  choices = { ...choices, ...some };
  history.replaceState(null, '', toHash(choices) || location.pathname + location.search);
  showChoices();
}

/** Takes over choices that make another map. */
function change(some: Partial<Choices>, delay = 0): void {
  choose(some);
  problem.hide();
  forgetMask();
  stage.setBusy(true);
  clearTimeout(settling);
  settling = setTimeout(() => void explain(), delay);
}

function showChoices(): void {
  predictionPanel.select(choices, predictions[0]);
  methodPanel.select(choices.method, choices.options);
  smoothingPanel.select(choices);
  viewPanel.select(choices);
  stage.showLegend(choices);
  showStory(choices, targetName());
}

async function useSample(sample: Sample | undefined, keepTarget = false): Promise<void> {
  if (sample === undefined) return;
  choose({ sample: nameOf(sample), ...(keepTarget ? {} : { target: undefined, against: undefined }) });
  strip.select(nameOf(sample));
  forgetMask();
  stage.setBusy(true);
  await guarded(sample.label, () =>
    pictures.run(async (signal) => {
      const bitmap = await decodePicture(await strip.open(sample), sample.file);
      signal.throwIfAborted();
      showPicture(bitmap, sample.label);
    }),
  );
}

async function usePicture(file: File, name: string): Promise<void> {
  await guarded(name, () =>
    pictures.run(async (signal) => {
      const bitmap = await decodePicture(file, name);
      signal.throwIfAborted();
      own = { bitmap, name };
      strip.showOwn(file, name);
      useOwn(own);
    }),
  );
}

function useOwn({ bitmap, name }: Shown): void {
  pictures.stop(superseded);
  choose({ sample: '', target: undefined, against: undefined });
  showPicture(bitmap, name);
}

function showPicture(bitmap: ImageBitmap, name: string): void {
  problem.hide();
  shown = { bitmap, name };
  forgetMask();
  predictions = [];
  stage.showImage(bitmap, name);
  void explain();
}

/** Loads a model. The one before stays where this fails. */
async function useModel(source: string | File, settings: ModelSettings): Promise<void> {
  const name = typeof source === 'string' ? 'demo.onnx' : source.name;
  const before = used;
  const retry = shapeForm((inputShape) => void useModel(source, { ...settings, inputShape }));
  await guarded(
    name,
    () =>
      models.run(async (signal) => {
        runBar.start(`Loading ${name}`);
        const { model, file } = await loaded(source, settings, signal).catch((error) => {
          runBar.end(`${name} was not loaded.`);
          throw error;
        });
        explanations.stop(superseded);
        used?.model.dispose();
        used = { source, settings, model };
        runBar.end('');
        modelPanel.show(model, file, settings, source === demoModel);
        problem.hide();
        predictions = [];
        forgetMask();
        runBar.showBuild(buildText(used.model));
        methodPanel.setLayers(used.model.layers);
        // Classes, and names of layers, are the model's own.
        if (source !== demoModel) choose({ target: undefined, against: undefined, options: {} });
        showChoices();
      }),
    (error) => (error instanceof saliency.SaliencyError && error.code === 'SHAPE_MISMATCH' ? retry : undefined),
  );
  // Also where it failed: the map that loading interrupted.
  if (used !== before || mask === undefined) void explain();
}

async function loaded(source: string | File, settings: ModelSettings, signal: AbortSignal) {
  const load = async (some: ModelSettings) => {
    const onProgress = ({ done, total, stage }: saliency.Progress) =>
      runBar.progress(done, total, stage === 'prepare' ? String : fileSize);
    return loadModel(source, { ...some, signal, onProgress });
  };
  const file: ModelFile = {
    name: typeof source === 'string' ? 'demo.onnx' : source.name,
    size: typeof source === 'string' ? '' : fileSize(source.size),
  };
  const model = await load(settings);
  if (model.preprocessing !== undefined || settings.preprocess !== undefined) return { model, file };
  // The file does not say how pictures become inputs: the usual guess, which the visitor can change.
  const channels = model.inputs[0]?.shape ?? [];
  const guessed = channels.includes(3) ? 'imagenet' : 'unit';
  model.dispose();
  return { model: await load({ ...settings, preprocess: guessed }), file: { ...file, guessed } as ModelFile };
}

/** The map for what is chosen; what was being computed stops. */
async function explain(): Promise<void> {
  clearTimeout(settling);
  if (used === undefined || shown === undefined) return;
  const [{ model }, { bitmap, name }] = [used, shown];
  await guarded(titleOf(choices.method, choices.smoothed), () =>
    explanations.run(async (signal) => {
      forgetMask();
      stage.setBusy(true);
      runBar.start(`Looking at ${name}`);
      try {
        if (predictions.length === 0) await classify(model, bitmap, signal);
        const title = titleOf(choices.method, choices.smoothed);
        runBar.start(`${title} for “${targetName()}”`);
        const found = await computeMask(model, bitmap, signal, (partial) => {
          stage.setBusy(false);
          stage.show(partial, bitmap, choices, `${title}, so far`);
        });
        signal.throwIfAborted();
        mask = found;
        redraw();
        stage.setBusy(false);
        runBar.finish(`${title} for “${targetName()}”`, found.timings.total);
        const explained = targetPrediction();
        showReceipt(found, model, title, explained);
        downloads.offer(found, `${name}-${choices.method}${choices.smoothed ? '-smoothed' : ''}`);
      } catch (error) {
        if (signal.reason !== superseded) runBar.end(signal.reason === cancelled ? 'Cancelled.' : 'Stopped.');
        throw error;
      }
    }),
  );
}

async function classify(model: Model, bitmap: ImageBitmap, signal: AbortSignal): Promise<void> {
  predictions = await model.classify(bitmap, { top: Number.MAX_SAFE_INTEGER, signal });
  signal.throwIfAborted();
  const has = (index: number | undefined) => predictions.some((one) => one.index === index);
  if (choices.target !== undefined && !has(choices.target)) choose({ target: undefined });
  if (choices.against !== undefined && !has(choices.against)) choose({ against: undefined });
  predictionPanel.show(predictions);
  const [best] = predictions;
  byId('image-note', HTMLSpanElement).textContent = best === undefined ? '' : named(best);
  showChoices();
}

function computeMask(
  model: Model,
  bitmap: ImageBitmap,
  signal: AbortSignal,
  onPartial: (partial: PartialMask) => void,
): Promise<Mask> {
  const { against, samples, spread, seed, squared } = choices;
  const target = choices.target ?? predictions[0]?.index ?? 0;
  const seeded = seed === undefined ? {} : { seed };
  const options = {
    ...methodOptions(choices),
    ...(storyOf(choices.method).random ? seeded : {}),
    target: against === undefined || against === target ? target : { contrast: [target, against] as const },
    signal,
    onProgress: ({ done, total, partial }: saliency.Progress) => {
      if (signal.aborted) return;
      runBar.progress(done, total);
      if (partial !== undefined) onPartial(partial);
    },
  };
  const method = new methods[choices.method](model);
  if (!choices.smoothed) return method.getMask(bitmap, options);
  const smoothing = { samples, stdevSpread: spread, magnitude: squared, ...seeded };
  return method.getSmoothedMask(bitmap, { ...options, ...smoothing });
}

function redraw(): void {
  if (mask === undefined || shown === undefined) return;
  stage.show(mask, shown.bitmap, choices, titleOf(choices.method, choices.smoothed));
}

function forgetMask(): void {
  mask = undefined;
  downloads.withdraw();
}

function targetPrediction(): Prediction | undefined {
  const index = choices.target ?? predictions[0]?.index;
  return predictions.find((one) => one.index === index);
}

function targetName(): string {
  const target = targetPrediction();
  const against = predictions.find(({ index }) => index === choices.against);
  const name = target === undefined ? 'the class' : named(target);
  return against === undefined || against === target ? name : `${name} rather than ${named(against)}`;
}

/** Shows what fails, unless the visitor stopped it. */
async function guarded(
  what: string,
  work: () => Promise<void>,
  remedy: (error: unknown) => HTMLElement | undefined = () => undefined,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error !== cancelled) problem.show(error, what, remedy(error));
  }
}
