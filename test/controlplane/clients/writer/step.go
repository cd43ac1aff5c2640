package main

import (
	"context"
	"encoding/json"
	"fmt"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// step is one call of one client.
type step struct {
	// Client is dynamic, metadata, typed (v1beta1) or typed-v1alpha1.
	Client string `json:"client"`
	// Verb is create, get, list, update, patch, apply, delete, deletecollection or watch.
	Verb      string `json:"verb"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Version is the API version that dynamic and metadata use; v1beta1 unless given.
	Version string `json:"version"`
	// Object is the body of create, update and apply, and the patch itself of patch.
	Object json.RawMessage `json:"object"`
	// From is the number of an earlier step whose object is the body (before Change), or whose list a watch follows.
	From *int `json:"from"`
	// Change is a merge patch that is applied to the body before it is sent.
	Change    json.RawMessage `json:"change"`
	PatchType string          `json:"patchType"`
	Selector  string          `json:"selector"`
	// Events is how many events a watch waits for.
	Events int `json:"events"`

	DryRun          []string                    `json:"dryRun"`
	FieldManager    string                      `json:"fieldManager"`
	FieldValidation string                      `json:"fieldValidation"`
	Force           *bool                       `json:"force"`
	Preconditions   *metav1.Preconditions       `json:"preconditions"`
	Propagation     *metav1.DeletionPropagation `json:"propagationPolicy"`
}

func (s step) body(earlier []result) (json.RawMessage, error) {
	body := s.Object
	if s.From != nil {
		if *s.From < 0 || *s.From >= len(earlier) || earlier[*s.From].Object == nil {
			return nil, fmt.Errorf("step %d has no object", *s.From)
		}
		bytes, err := json.Marshal(earlier[*s.From].Object)
		if err != nil {
			return nil, err
		}
		body = bytes
	}
	if s.Change == nil {
		return body, nil
	}
	return jsonpatch.MergePatch(body, s.Change)
}

func (s step) call(ctx context.Context, c client, body json.RawMessage) (any, error) {
	switch s.Verb {
	case "create":
		return c.create(ctx, s, body)
	case "get":
		return c.get(ctx, s)
	case "list":
		return c.list(ctx, s)
	case "update":
		return c.update(ctx, s, body)
	case "patch":
		return c.patch(ctx, s, types.PatchType(s.PatchType), body)
	case "apply":
		return c.patch(ctx, s, types.ApplyPatchType, body)
	case "delete":
		return nil, c.delete(ctx, s)
	case "deletecollection":
		return nil, c.deleteCollection(ctx, s)
	default:
		return nil, fmt.Errorf("no verb %q", s.Verb)
	}
}

func (s step) follow(ctx context.Context, c client, body json.RawMessage) ([]event, error) {
	var list metav1.PartialObjectMetadata
	if body != nil {
		if err := json.Unmarshal(body, &list); err != nil {
			return nil, err
		}
	}
	watching, err := c.watch(ctx, s, list.ResourceVersion)
	if err != nil {
		return nil, err
	}
	defer watching.Stop()
	events := []event{}
	for len(events) < s.Events {
		select {
		case seen, open := <-watching.ResultChan():
			if !open {
				return events, fmt.Errorf("the watch ended after %d events", len(events))
			}
			events = append(events, event{string(seen.Type), seen.Object})
		case <-ctx.Done():
			return events, fmt.Errorf("only %d events came", len(events))
		}
	}
	return events, nil
}

func (s step) createOptions() metav1.CreateOptions {
	return metav1.CreateOptions{DryRun: s.DryRun, FieldManager: s.FieldManager, FieldValidation: s.FieldValidation}
}

func (s step) updateOptions() metav1.UpdateOptions {
	return metav1.UpdateOptions{DryRun: s.DryRun, FieldManager: s.FieldManager, FieldValidation: s.FieldValidation}
}

func (s step) patchOptions() metav1.PatchOptions {
	return metav1.PatchOptions{
		DryRun: s.DryRun, FieldManager: s.FieldManager, FieldValidation: s.FieldValidation, Force: s.Force,
	}
}

func (s step) deleteOptions() metav1.DeleteOptions {
	return metav1.DeleteOptions{DryRun: s.DryRun, Preconditions: s.Preconditions, PropagationPolicy: s.Propagation}
}

func (s step) listOptions() metav1.ListOptions { return metav1.ListOptions{LabelSelector: s.Selector} }
