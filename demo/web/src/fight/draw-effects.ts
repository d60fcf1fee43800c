import { type Effect, progressOf } from "./effects.ts";

export function drawEffects(context: CanvasRenderingContext2D, effects: readonly Effect[], now: number): void {
  for (const effect of effects) {
    context.save();
    drawEffect(context, effect, progressOf(effect, now));
    context.restore();
  }
}

function drawEffect(context: CanvasRenderingContext2D, effect: Effect, progress: number): void {
  const left = 1 - progress;
  switch (effect.kind) {
    case "shot": {
      const { source, target, color } = effect;
      context.globalAlpha = left;
      context.strokeStyle = color;
      context.lineWidth = 0.1 + 0.3 * left;
      context.lineCap = "round";
      context.shadowColor = color;
      context.shadowBlur = 18;
      context.beginPath();
      context.moveTo(source.x, source.y);
      context.lineTo(target.x, target.y);
      context.stroke();
      return;
    }
    case "burst": {
      const { at, color, sparks } = effect;
      context.globalAlpha = left;
      context.fillStyle = color;
      // Fast at first.
      const spread = 1 - left * left;
      for (const { angle, speed } of sparks) {
        const x = at.x + Math.cos(angle) * speed * spread * 0.5;
        const y = at.y + Math.sin(angle) * speed * spread * 0.5;
        context.beginPath();
        context.arc(x, y, 0.06 + 0.16 * left, 0, 2 * Math.PI);
        context.fill();
      }
      return;
    }
    case "number": {
      const { at, text, color, drift } = effect;
      context.globalAlpha = Math.min(1, left * 2);
      context.fillStyle = color;
      context.font = "750 1.25px system-ui, sans-serif";
      context.textAlign = "center";
      context.shadowColor = "#000";
      context.shadowBlur = 6;
      context.fillText(text, at.x + drift * 2 * progress, at.y - 1 - progress * 2.2);
    }
  }
}
